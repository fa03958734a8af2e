using PondSentinel.Measurements;

namespace PondSentinel.Backend.Completeness;

/// <summary>A channel of a gateway. Both names empty: the gateway itself, of which lost polls are told that no channel can
/// be found for.</summary>
internal readonly record struct LedgerChannel(string Device, string Channel)
{
    /// <summary>The gateway itself.</summary>
    public static LedgerChannel OfGateway => new("", "");
}

/// <summary>What became of the polls of one channel on one day.</summary>
internal sealed class LedgerRow
{
    public required string Gateway { get; init; }

    /// <summary>Days since 1970 of the ledger's calendar, see <see cref="DayGrid"/>.</summary>
    public required long Day { get; init; }

    public required LedgerChannel Channel { get; init; }

    public string Site { get; set; } = "";

    public string Station { get; set; } = "";

    /// <summary>What the channel measures; null where nobody knows.</summary>
    public Measurand? Measurand { get; set; }

    /// <summary>Time between polls that held last on this day, ms; 0 where nothing was scheduled.</summary>
    public long IntervalMs { get; set; }

    /// <summary>Polls that were due, by arithmetic on the description.</summary>
    public long Expected { get; set; }

    /// <summary>What became of them, counted one by one.</summary>
    public FateCounts Counts { get; init; } = new();

    /// <summary>Records that came more than <see cref="CompletenessOptions.LateAfter"/> after their time.</summary>
    public long Late { get; set; }

    /// <summary>Records beyond the schedule.</summary>
    public long Extra { get; set; }

    /// <summary>What is expected and has no fate, or the other way round: not 0 only by a bug, which has to be seen.</summary>
    public long Unexplained => Expected - Counts.Sum;
}
