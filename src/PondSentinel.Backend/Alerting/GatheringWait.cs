using PondSentinel.Alerting;
using PondSentinel.Backend.Ingest;

namespace PondSentinel.Backend.Alerting;

/// <summary>Whether people are told of an alarm yet that was raised against another channel, where that one's gateway gathers its values and
/// those of the same time are still to come: they may show that it rises there too.</summary>
/// <remarks>What is raised does not hang on it, only when people hear of it. So the wait is bounded by the clock, a restart ends it, and
/// nobody waits for a gateway that is late.</remarks>
/// <param name="now">The backend's time.</param>
/// <param name="gathers">For how long a gateway gathers, by its own word; zero where it sends at once, or has not said.</param>
internal sealed class GatheringWait(DateTimeOffset now, Func<GatewayName, TimeSpan> gathers)
{
    /// <summary>How long after the value that raised it people are told at the latest: what takes longer to come is not waited for at all.
    /// </summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(7);

    // The backend looks each minute whether a wait is over.
    private static readonly TimeSpan LooksEvery = TimeSpan.FromMinutes(1);

    // From the end of a batch until its values are stored.
    private static readonly TimeSpan Way = TimeSpan.FromSeconds(30);

    /// <summary>For how long a gateway gathers, by its own word; zero where it sends at once, or has not said.</summary>
    /// <param name="gateway">The gateway.</param>
    public TimeSpan IntervalOf(GatewayName gateway) => gathers(gateway);

    /// <summary>Whether what was raised then may have waited until now, and does no more.</summary>
    /// <param name="raised">When it was raised.</param>
    public bool IsJustOver(DateTimeOffset raised) => now - raised < WaitMax + LooksEvery + LooksEvery;

    /// <summary>Whether it is worth waiting.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="row">The channel that it watches.</param>
    /// <param name="raised">When it was raised.</param>
    /// <param name="samples">The values that are kept.</param>
    public bool IsOn(AlertRule rule, SubjectRow row, DateTimeOffset raised, SampleTables samples)
    {
        if (rule.Joint is not { } joint || rule.Severity >= Severity.Urgent || now - raised >= WaitMax)
        {
            return false;
        }

        var deciding = joint.Against is null ? 0 : 1;
        for (var i = 0; i < joint.Conditions.Count; i++)
        {
            deciding |= joint.Conditions[i].IsShown ? 0 : 2 << i;
        }

        return samples.Sources(row.Id).Exists(source => source.Owner != row.Subject.Owner
            && (rule.InputsOf(row.Subject, source) & deciding) != 0
            && IntervalOf(source.Owner) is var interval && interval > TimeSpan.Zero
            && samples.NewestOf(row.Id, source.Source) is var (newest, gap)
            && newest + gap < raised
            && newest + gap + interval + Way is var due && now < due && due <= raised + WaitMax);
    }
}
