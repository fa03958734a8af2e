using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting.Presets;

/// <summary>What a preset cannot know of a site: which station is upstream, which probe is the second, from where the wind comes over the
/// pit. It calls them by the part they play.</summary>
internal static class PresetRoles
{
    /// <summary>The names that a rule has for other stations and devices.</summary>
    /// <param name="rule">The rule of a preset.</param>
    public static IEnumerable<string> Of(AlertRule rule) =>
        Selectors(rule.Joint).SelectMany(selector => new[] { selector.Station, selector.Device })
            .OfType<string>().Where(name => name != ChannelSelector.All);

    /// <summary>The name by which a rule would look at the very channel that it watches; null for none.</summary>
    /// <param name="rule">The rule of a preset.</param>
    /// <param name="names">The site's own name of each part.</param>
    /// <param name="station">The station that it watches; null for all.</param>
    /// <param name="device">The device.</param>
    public static string? OfItself(AlertRule rule, IReadOnlyDictionary<string, string?> names, string? station, string? device) =>
        Selectors(rule.Joint).Where(selector => selector.Measurand == rule.Measurand)
            .SelectMany(selector => new[] { (Role: selector.Station, Watched: station), (Role: selector.Device, Watched: device) })
            .FirstOrDefault(pair => pair is { Role: not null, Watched: not null } && names.GetValueOrDefault(pair.Role) == pair.Watched).Role;

    /// <summary>Whether a rule looks at where the wind comes from.</summary>
    /// <param name="rule">The rule of a preset.</param>
    public static bool HasSector(AlertRule rule) => rule.Joint?.Conditions.Any(IsSector) == true;

    /// <summary>Puts a site's own names in place.</summary>
    /// <param name="statistic">What a rule of a preset is held against.</param>
    /// <param name="names">The name of each part.</param>
    /// <param name="sector">From where the wind comes, degrees; null where the rule does not look at it.</param>
    public static Statistic? Played(Statistic? statistic, IReadOnlyDictionary<string, string> names, IReadOnlyList<double>? sector) =>
        statistic is not JointStatistic joint ? statistic : joint with
        {
            Against = joint.Against is { } against ? against with { Of = Played(against.Of, names) } : null,
            Conditions =
            [
                .. joint.Conditions.Select(condition => condition with
                {
                    Of = Played(condition.Of, names),
                    Range = IsSector(condition) && sector is [var from, var to] ? ValueRange.Sector(from, to) : condition.Range,
                }),
            ],
        };

    /// <summary>Shows what other stations have of the same beside what a rule watches. Not beside an average, nor where it waits for values.
    /// </summary>
    /// <param name="rule">The rule of a preset.</param>
    /// <param name="statistic">What it is held against.</param>
    /// <param name="stations">The stations.</param>
    public static Statistic? Beside(AlertRule rule, Statistic? statistic, IReadOnlyList<string> stations) =>
        rule.Average is not null || rule.Measurand == Measurand.GatewaySilence || statistic is NoValueStatistic or FlaggedStatistic
            ? statistic
            : stations.Aggregate(statistic, (of, station) => JointStatistic.Beside(
                of, JointSection.Shown(new ChannelSelector(rule.Measurand) { Station = station }), rule.Threshold.SilenceMax));

    private static bool IsSector(Condition condition) => condition.Of.Measurand == Measurand.WindDirection;

    private static ChannelSelector Played(ChannelSelector selector, IReadOnlyDictionary<string, string> names) => selector with
    {
        Station = selector.Station is { } station ? names.GetValueOrDefault(station, station) : null,
        Device = selector.Device is { } device ? names.GetValueOrDefault(device, device) : null,
    };

    private static IEnumerable<ChannelSelector> Selectors(JointStatistic? joint) =>
        joint is null ? [] : joint.Conditions.Select(condition => condition.Of).Append(joint.Against?.Of).OfType<ChannelSelector>();
}
