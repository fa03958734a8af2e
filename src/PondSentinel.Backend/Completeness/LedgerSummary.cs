using PondSentinel.Backend.Alerting.Wording;

namespace PondSentinel.Backend.Completeness;

/// <summary>What became of a channel's polls over some days, for people.</summary>
internal sealed class LedgerSummary
{
    private readonly FateCounts counts = new();
    private readonly Dictionary<Fate, long> spans = [];

    /// <summary>Polls that were due.</summary>
    public long Expected { get; private set; }

    /// <summary>Those with a value, or with a mean that stands for one.</summary>
    public long Complete => counts.Complete;

    /// <summary>Polls that were made in maintenance or in a solution, with or without a value.</summary>
    public long InMaintenance => FateCounts.Plus(counts[Fate.Serviced], counts[Fate.Maintenance]);

    /// <summary>The time they take up, ms.</summary>
    public long InMaintenanceMs => spans.GetValueOrDefault(Fate.Serviced) + spans.GetValueOrDefault(Fate.Maintenance);

    /// <summary>Their share, in thousandths, rounded up: a little is not called nothing. 0 where nothing was due.</summary>
    public long InMaintenanceThousandths =>
        Expected == 0 ? 0 : (long)((((Int128)InMaintenance * 1000) + Expected - 1) / Expected);

    /// <summary>Records that came late.</summary>
    public long Late { get; private set; }

    /// <summary>Records beyond the schedule.</summary>
    public long Extra { get; private set; }

    /// <summary>By how much the rows do not add up: a bug, to be seen.</summary>
    public long Unexplained { get; private set; }

    /// <summary>All fates, in the order in which they are told, with the time they take up, ms.</summary>
    public IEnumerable<(Fate Fate, long Count, long Ms)> Parts =>
        counts.Present.Select(part => (part.Fate, part.Count, spans.GetValueOrDefault(part.Fate)));

    /// <summary>The share that is complete, in thousandths, rounded down: what lacks one poll is not called whole. 1000 where
    /// nothing was due.</summary>
    public long Thousandths => Expected == 0 ? 1000 : (long)((Int128)Complete * 1000 / Expected);

    /// <summary>In one sentence, for example <c>98.6 % complete, 20 min missing: power cut</c>.</summary>
    public string Text => LedgerText.Of(this, Language.English);

    /// <summary>Sums rows up.</summary>
    public static LedgerSummary Of(IEnumerable<LedgerRow> rows)
    {
        LedgerSummary summary = new();
        foreach (var row in rows)
        {
            summary.Expected = FateCounts.Plus(summary.Expected, row.Expected);
            summary.Late += row.Late;
            summary.Extra += row.Extra;
            summary.Unexplained = FateCounts.Plus(summary.Unexplained, Math.Abs(row.Unexplained));
            summary.counts.Add(row.Counts);
            foreach (var (fate, count) in row.Counts.Present)
            {
                summary.spans[fate] = summary.spans.GetValueOrDefault(fate) + (count * row.IntervalMs);
            }
        }

        return summary;
    }
}

/// <summary>How complete a channel is.</summary>
/// <param name="Row">Whose it is, by the newest of its rows.</param>
/// <param name="Today">On the present day of the ledger's calendar.</param>
/// <param name="Month">On the 30 days before and today.</param>
internal sealed record ChannelCompleteness(LedgerRow Row, LedgerSummary Today, LedgerSummary Month)
{
    /// <summary>Days before today that <see cref="Month"/> reaches over.</summary>
    public const long Days = 30;

    /// <summary>From the rows of a gateway.</summary>
    public static IReadOnlyList<ChannelCompleteness> Of(IEnumerable<LedgerRow> rows, long today) =>
    [
        .. rows.GroupBy(row => row.Channel).Select(channel => new ChannelCompleteness(
            channel.MaxBy(row => row.Day)!,
            LedgerSummary.Of(channel.Where(row => row.Day == today)),
            LedgerSummary.Of(channel))),
    ];
}
