using System.Diagnostics.CodeAnalysis;

namespace PondSentinel.Backend.Broker;

/// <summary>Lines of waiting items, one for each key, served in turn. Bounded: where there is no room the heaviest line gives way
/// with its newest, so that who waits with little is never pushed out by who waits with much. Within a line what is pressing goes
/// first, and gives way last.</summary>
/// <remarks>A lone key may have all of the room. Used by one at a time.</remarks>
/// <typeparam name="T">What waits.</typeparam>
/// <param name="weightMax">Most that all may weigh together.</param>
internal sealed class FairQueue<T>(long weightMax)
{
    private readonly Dictionary<string, Line> lines = new(StringComparer.Ordinal);
    private readonly LinkedList<Line> turns = [];
    private long weight;

    /// <summary>How many wait.</summary>
    public int Count { get; private set; }

    /// <summary>Whether there is room for so much more.</summary>
    public bool HasRoom(long itemWeight) => weight + itemWeight <= weightMax;

    /// <summary>Adds an item.</summary>
    /// <param name="key">Its line.</param>
    /// <param name="item">The item.</param>
    /// <param name="itemWeight">What it weighs, 1 or more.</param>
    /// <param name="isPressing">Whether it goes before what is not, of its line.</param>
    /// <returns>What had to go for it: it may be the item itself.</returns>
    public IReadOnlyList<T> Add(string key, T item, long itemWeight, bool isPressing = false)
    {
        if (!lines.TryGetValue(key, out var line))
        {
            lines[key] = line = new Line(key);
            turns.AddLast(line.Turn);
        }

        (isPressing ? line.Pressing : line.Items).AddLast((item, itemWeight));
        Grow(line, 1, itemWeight);
        List<T> gone = [];
        while (weight > weightMax)
        {
            var heaviest = lines.Values.MaxBy(candidate => candidate.Weight)!;
            gone.Add(Remove(heaviest, (heaviest.Items.Last ?? heaviest.Pressing.Last)!));
        }

        return gone;
    }

    /// <summary>Takes the oldest item of the line whose turn it is, a pressing one where it has any; that line is the last to have
    /// its turn again.</summary>
    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        if (turns.First?.Value is not { } line)
        {
            item = default;
            return false;
        }

        turns.Remove(line.Turn);
        turns.AddLast(line.Turn);
        item = Remove(line, (line.Pressing.First ?? line.Items.First)!);
        return true;
    }

    /// <summary>Removes items.</summary>
    /// <param name="isGone">Which.</param>
    public void RemoveAll(Predicate<T> isGone)
    {
        foreach (var line in lines.Values.ToList())
        {
            foreach (var items in new[] { line.Pressing, line.Items })
            {
                for (var node = items.First; node is not null;)
                {
                    var next = node.Next;
                    if (isGone(node.Value.Item))
                    {
                        Remove(line, node);
                    }

                    node = next;
                }
            }
        }
    }

    private T Remove(Line line, LinkedListNode<(T Item, long Weight)> node)
    {
        node.List!.Remove(node);
        Grow(line, -1, -node.Value.Weight);
        if (line.Items.Count + line.Pressing.Count == 0)
        {
            lines.Remove(line.Key);
            turns.Remove(line.Turn);
        }

        return node.Value.Item;
    }

    private void Grow(Line line, int items, long by)
    {
        Count += items;
        weight += by;
        line.Weight += by;
    }

    private sealed class Line
    {
        public Line(string key)
        {
            Key = key;
            Turn = new LinkedListNode<Line>(this);
        }

        public string Key { get; }

        public LinkedListNode<Line> Turn { get; }

        public LinkedList<(T Item, long Weight)> Pressing { get; } = [];

        public LinkedList<(T Item, long Weight)> Items { get; } = [];

        public long Weight { get; set; }
    }
}
