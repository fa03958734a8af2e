using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting.Trial;

/// <summary>A change that a rule would have made.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Channel">The channel as the file calls it.</param>
/// <param name="Change">The step of phase.</param>
internal sealed record TrialChange(AlertRule Rule, string Channel, AlertChange Change);

/// <summary>Takes rules through recorded values, to see when they would have rung. The same steps as the engine takes for values
/// that arrive in order.</summary>
internal sealed class RuleTrial
{
    private readonly Dictionary<string, List<(AlertRule Rule, RuleStepper Stepper)>> steppers = new(StringComparer.Ordinal);

    private RuleTrial()
    {
    }

    /// <summary>Channels that no rule watches, in the order they come.</summary>
    public List<string> Unwatched { get; } = [];

    /// <summary>Alerts that are on at the end.</summary>
    public IReadOnlyList<(AlertRule Rule, string Channel, AlertState State)> Open =>
    [
        .. steppers.SelectMany(channel => channel.Value
            .Where(pair => pair.Stepper.Alert.Phase.IsAnnounced)
            .Select(pair => (pair.Rule, channel.Key, pair.Stepper.Alert))),
    ];

    /// <summary>Sets a trial up.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="channels">The channels of the recording.</param>
    /// <param name="measurands">What some of them measure.</param>
    /// <param name="faults">Takes what is not clear.</param>
    /// <returns>The trial; null where something is not clear.</returns>
    public static RuleTrial? Of(
        IReadOnlyList<AlertRule> rules, IEnumerable<string> channels, IReadOnlyDictionary<string, Measurand> measurands, List<string> faults)
    {
        var trial = new RuleTrial();
        foreach (var channel in channels)
        {
            if (TrialChannel.Of(
                channel, measurands.TryGetValue(channel, out var said) ? said : null, rules, out var fault) is not var (_, watching))
            {
                faults.Add(fault!);
                continue;
            }

            if (watching.Count == 0)
            {
                trial.Unwatched.Add(channel);
            }

            trial.steppers[channel] =
                [.. watching.Select(rule => (rule, new RuleStepper(rule.Threshold, rule.Statistic, rule.Validity, RuleState.Initial)))];
        }

        return faults.Count == 0 ? trial : null;
    }

    /// <summary>Takes the next value.</summary>
    /// <param name="value">The value, not before the last.</param>
    /// <returns>What it changes.</returns>
    public IEnumerable<TrialChange> Step(RecordedValue value)
    {
        List<AlertChange> changes = [];
        foreach (var (rule, stepper) in steppers[value.Channel])
        {
            changes.Clear();
            stepper.Step(value.Sample, changes);
            foreach (var change in changes)
            {
                yield return new TrialChange(rule, value.Channel, change);
            }
        }
    }
}
