using System.Runtime.InteropServices;
using PondSentinel.Alerting;

namespace PondSentinel.Backend.Alerting;

/// <summary>Where the rules stand for one channel: one row of <c>alert_standing</c>.</summary>
/// <param name="subject">The channel.</param>
/// <param name="kind">Which of their states.</param>
internal sealed class ChannelStates(long subject, StateKind kind)
{
    // What an entry takes beside the memory of its statistic.
    private const int BytesOfEntry = 120;

    private readonly List<Entry> entries = [];
    private int next;

    /// <summary>The channel.</summary>
    public long Subject => subject;

    /// <summary>Which of their states.</summary>
    public StateKind Kind => kind;

    /// <summary>Whether it has still to be written.</summary>
    public bool IsChanged { get; set; }

    /// <summary>The rules with where they stand, in the order in which they are kept.</summary>
    public Span<Entry> Entries => CollectionsMarshal.AsSpan(entries);

    /// <summary>What it takes about, bytes.</summary>
    public long Bytes
    {
        get
        {
            var bytes = 0L;
            foreach (ref readonly var entry in Entries)
            {
                bytes += BytesOfEntry + entry.State.Memory.Length;
            }

            return bytes;
        }
    }

    /// <summary>Whether a rule has a state.</summary>
    public bool Has(string rule) => IndexOf(rule) >= 0;

    /// <summary>Where a rule stands, until it is set anew; <see cref="RuleState.Initial"/> where it has no state.</summary>
    public RuleState Find(string rule) => IndexOf(rule) is >= 0 and var index ? entries[index].State : RuleState.Initial;

    /// <summary>Notes where a rule stands. What its statistic knows is copied, into its own place where it has the same length: what
    /// is kept for long would else be allocated anew with each value.</summary>
    public void Set(string rule, in RuleState state)
    {
        var index = IndexOf(rule);
        if (index < 0)
        {
            index = entries.Count;
            entries.Add(new Entry { Rule = rule });
        }

        ref var entry = ref Entries[index];
        if (entry.Memory.Length != state.Memory.Length)
        {
            entry.Memory = new byte[state.Memory.Length];
        }

        state.Memory.CopyTo(entry.Memory);
        entry.State = state with { Memory = entry.Memory };
    }

    /// <summary>Forgets where a rule stands.</summary>
    /// <returns>Whether it had a state.</returns>
    public bool Remove(string rule)
    {
        var index = IndexOf(rule);
        if (index >= 0)
        {
            entries.RemoveAt(index);
        }

        return index >= 0;
    }

    // Rules are asked for in the order in which they stand here, each a few times.
    private int IndexOf(string rule)
    {
        for (var i = 0; i < entries.Count; i++)
        {
            var index = (next + i) % entries.Count;
            if (entries[index].Rule == rule)
            {
                return next = index;
            }
        }

        return -1;
    }

    /// <summary>Where a rule stands.</summary>
    internal struct Entry()
    {
        /// <summary>The rule.</summary>
        public required string Rule { get; init; }

        /// <summary>Where it stands.</summary>
        public RuleState State { get; set; }

        /// <summary>What its statistic knows.</summary>
        public byte[] Memory { get; set; } = [];

        /// <summary>Where those who ask find it; null: not looked for yet.</summary>
        public StatusPlace? Place { get; set; }
    }
}
