namespace PondSentinel.SystemTests.Site;

/// <summary>Holds what the probes said, what the gateway claims and what the store has against each other.</summary>
internal static class Accounts
{
    /// <summary>Between an answer and the record of it: the middle of the poll lies before the end of the answer.</summary>
    private static readonly TimeSpan PollTime = TimeSpan.FromSeconds(2);

    /// <summary>Which claimed records are not stored yet, or not all of their channels: InfluxDB reads one measurement after the other, so of
    /// a batch that it is writing it may give the later ones alone.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="claimed">What it claims.</param>
    /// <param name="stored">What the store has.</param>
    public static IReadOnlyList<string> Missing(
        string gateway, IEnumerable<WitnessedRecord> claimed, IEnumerable<StoredValue> stored)
    {
        var have = stored.Where(value => value.Gateway == gateway)
            .Select(value => (value.Epoch, value.Sequence, value.Device, value.Channel)).ToHashSet();
        return [.. claimed.Where(record => record.Values.Keys.Any(channel => !have.Contains((record.Epoch, record.Sequence, record.Device, channel))))
            .Select(record => $"{record.Epoch} {record.Sequence} {record.Device}")];
    }

    /// <summary>Every claimed record is stored once, channel by channel, with the very same number at its own time.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="claimed">What it claims.</param>
    /// <param name="stored">What the store has.</param>
    public static IReadOnlyList<string> NotStoredExactlyOnce(
        string gateway, IEnumerable<WitnessedRecord> claimed, IEnumerable<StoredValue> stored)
    {
        var have = stored.Where(value => value.Gateway == gateway)
            .ToLookup(value => (value.Epoch, value.Sequence, value.Device, value.Channel));
        return
        [
            .. from record in claimed
               from channel in record.Values
               let points = have[(record.Epoch, record.Sequence, record.Device, channel.Key)].ToList()
               let wrong = points switch
               {
                   [] => "is not there",
                   [_, _, ..] => $"is there {points.Count} times",
                   [var point] when point.Value != channel.Value => $"is {point.Value:R}, not {channel.Value:R}",
                   [var point] when point.Value is null != (point.Flag == 9) => $"has flag {point.Flag}",
                   [var point] when record.TimeMs is { } time && point.TimeNs != StoredValue.KeyNs(time, record.Sequence) =>
                       $"stands at {point.TimeNs}, not at {StoredValue.KeyNs(time, record.Sequence)}",
                   _ => null,
               }
               where wrong is not null
               select $"{record.Epoch} {record.Sequence} {record.Device}.{channel.Key} {wrong}",
        ];
    }

    /// <summary>Every stored number was said by its probe, when it is said to have been, and is stored no more often than it
    /// was said.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="served">What its probes said.</param>
    /// <param name="stored">What the store has.</param>
    /// <param name="pause">Longest time that the gateway was made to stand still: so much longer a poll may have taken.</param>
    public static IReadOnlyList<string> NeverSaid(
        string gateway, IEnumerable<ServedAnswer> served, IEnumerable<StoredValue> stored, TimeSpan pause = default)
    {
        var pollMs = (PollTime + pause).TotalMilliseconds;
        var said = served
            .SelectMany(answer => answer.Values, (answer, value) => (Key: (answer.Device, value.Key, value.Value), answer.TimeMs))
            .GroupBy(word => word.Key, word => word.TimeMs)
            .ToDictionary(word => word.Key, word => word.Order().ToList());
        List<string> wrong = [];
        foreach (var point in stored.Where(value => value.Gateway == gateway && value.Value is not null).OrderBy(value => value.TimeNs))
        {
            var name = SiteSettings.MakersNames[point.Channel];
            var times = said.GetValueOrDefault((point.Device, name, point.Value!.Value), []);
            var match = times.FindIndex(time => Math.Abs(time - point.TimeMs) <= pollMs);
            if (match < 0)
            {
                wrong.Add($"{point.Epoch} {point.Sequence} {point.Device}.{point.Channel} = {point.Value:R} at {point.TimeMs}");
            }
            else
            {
                // One answer makes one record.
                times.RemoveAt(match);
            }
        }

        return wrong;
    }

    /// <summary>Answers of the probes that are not stored, but for what may be lost: the commit window before a kill, and
    /// whatever is said to a gateway that has just ended.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="served">What its probes said until the end of the account.</param>
    /// <param name="stored">What the store has.</param>
    /// <param name="ends">When the gateway was killed or ended, UTC ms.</param>
    /// <remarks>The dust sensor is left out: from the factory it speaks unasked.</remarks>
    public static IReadOnlyList<string> Lost(
        string gateway, IEnumerable<ServedAnswer> served, IEnumerable<StoredValue> stored, IReadOnlyList<GatewayEnd> ends)
    {
        var have = stored.Where(value => value.Gateway == gateway && value.Value is not null)
            .Select(value => (value.Device, SiteSettings.MakersNames[value.Channel], value.Value!.Value)).ToHashSet();
        var words = served
            .Where(answer => answer.Device != "yard-dust")
            .SelectMany(answer => answer.Values, (answer, value) => (answer.Device, Name: value.Key, value.Value, answer.TimeMs))
            .Where(word => GatewaySettings.Keeps(word.Device, word.Name));
        return
        [
            .. from word in words
               where !have.Contains((word.Device, word.Name, word.Value))
               where !ends.Any(end =>
                   word.TimeMs >= end.LosesFromMs - PollTime.TotalMilliseconds && word.TimeMs <= end.OverMs + PollTime.TotalMilliseconds)
               select $"{word.Device} {word.Name} = {word.Value:R} at {word.TimeMs}",
        ];
    }
}
