namespace PondSentinel.Gateway.Uplink;

/// <summary>Numbers that stand for topics over one connection (MQTT 5, 3.3.2.3.4). Thread-safe.</summary>
/// <param name="most">Most of them that the broker takes; 0 for none.</param>
internal sealed class TopicAliases(int most)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, ushort> numbers = new(StringComparer.Ordinal);
    private readonly HashSet<string> known = new(StringComparer.Ordinal);

    /// <summary>How a topic goes out.</summary>
    /// <param name="topic">The topic.</param>
    /// <returns>Its number, 0 for none, and whether the broker knows it: then the topic itself is left out.</returns>
    public (ushort Number, bool IsKnown) Of(string topic)
    {
        lock (gate)
        {
            if (!numbers.TryGetValue(topic, out var number) && numbers.Count < most)
            {
                numbers[topic] = number = (ushort)(numbers.Count + 1);
            }

            return (number, known.Contains(topic));
        }
    }

    /// <summary>Notes that the broker has answered to a message with topic and number.</summary>
    /// <param name="topic">The topic.</param>
    public void NoteAnswered(string topic)
    {
        lock (gate)
        {
            if (numbers.ContainsKey(topic))
            {
                known.Add(topic);
            }
        }
    }
}
