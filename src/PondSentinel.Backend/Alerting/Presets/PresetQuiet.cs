namespace PondSentinel.Backend.Alerting.Presets;

/// <summary>Which rules of presets wait for which of others. A preset names these as their own presets do; what their ids are, and whether
/// they are at work at all, hangs on the configuration.</summary>
internal static class PresetQuiet
{
    /// <summary>The same rules with the ids of this configuration. What is not at work, or waits for others itself, is waited for by none.
    /// </summary>
    /// <param name="rules">All rules of the configuration.</param>
    public static List<AlertRule> Resolved(List<AlertRule> rules) => rules.ConvertAll(rule => rule.PresetWaits.Count == 0 ? rule : rule with
    {
        Quiet = rule.Quiet with
        {
            While =
            [
                .. rule.Quiet.While,
                .. rules.Where(other => rule.PresetWaits.Contains(other.PresetRule, StringComparer.Ordinal) && other.Quiet.While.Count + other.PresetWaits.Count == 0).Select(other => other.Id)
                    .Except(rule.Quiet.While, StringComparer.Ordinal),
            ],
        },
    });
}
