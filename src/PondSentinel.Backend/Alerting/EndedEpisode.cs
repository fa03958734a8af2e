using PondSentinel.Alerting;

namespace PondSentinel.Backend.Alerting;

/// <summary>An episode that is over.</summary>
/// <param name="Rule">Its rule.</param>
/// <param name="Subject">Its channel.</param>
/// <param name="Since">When the exceedance began.</param>
/// <param name="Cleared">When it was over.</param>
/// <param name="Peak">The worst value.</param>
internal sealed record EndedEpisode(
    string Rule, AlertSubject Subject, DateTimeOffset Since, DateTimeOffset Cleared, double Peak)
{
    /// <summary>Whether all that is known is that the worst was that or worse.</summary>
    public bool IsPeakBound { get; init; }

    /// <summary>Since when the value was back, where it is over by a hold; null where nobody knows.</summary>
    public DateTimeOffset? Back { get; init; }

    /// <summary>The rule that an alarm of a gateway is, which stands in no configuration; null where it is none, or where what the gateway
    /// said is no longer kept.</summary>
    public AlertRule? Alarm { get; init; }
}

/// <summary>An episode that is over, as it is kept.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Incident">The id that people know it by.</param>
/// <param name="LastNotice">What was last told of it, JSON; null where nothing was.</param>
/// <param name="Episode">The episode.</param>
internal sealed record EndedRow(string Id, string Incident, string? LastNotice, EndedEpisode Episode)
{
    /// <summary>All episodes of one incident as one: by the rule that was told first, from the first beginning to the last end.</summary>
    /// <param name="rows">They, the latest first; at least one.</param>
    public static EndedEpisode OneOf(IEnumerable<EndedRow> rows)
    {
        var all = rows.ToList();
        var told = all.Find(row => row.Id == row.Incident) ?? all[0];
        if (all.Count == 1)
        {
            return told.Episode;
        }

        // All are of one side.
        var isBelow = all.Exists(row => row.LastNotice is { } json && AlertNotice.Read(json, out _)?.Side == LimitSide.Below.Word);
        var peaks = all.ConvertAll(row => row.Episode.Peak);
        return told.Episode with
        {
            Since = all.Min(row => row.Episode.Since),
            Cleared = all.Max(row => row.Episode.Cleared),
            Peak = isBelow ? peaks.Min() : peaks.Max(),
            IsPeakBound = all.Exists(row => row.Episode.IsPeakBound),
            Back = null,
        };
    }
}
