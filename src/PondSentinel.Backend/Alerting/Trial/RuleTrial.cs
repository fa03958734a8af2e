using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting.Trial;

/// <summary>A change that a rule would have made.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Channel">The channel as the file calls it.</param>
/// <param name="Change">The step of phase.</param>
/// <param name="Own">The channel's newest value then.</param>
/// <param name="Others">The newest value of each channel that the rule looks at beside it.</param>
internal sealed record TrialChange(
    AlertRule Rule, string Channel, AlertChange Change, RecordedValue Own, IReadOnlyList<RecordedValue> Others);

/// <summary>Takes rules through recorded values, to see when they would have rung. The same steps as the engine takes for values
/// that arrive in order.</summary>
internal sealed class RuleTrial
{
    private readonly Dictionary<string, List<Watch>> watches = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RecordedValue> newest = new(StringComparer.Ordinal);

    private RuleTrial(IReadOnlyList<AlertRule> rules) =>
        LeftOut = [.. rules.Select(rule => (Rule: rule, Why: WhyLeftOut(rule))).Where(pair => pair.Why is not null).Select(pair => (pair.Rule, pair.Why!))];

    /// <summary>Rules that recorded values cannot move, and why, with what to do instead.</summary>
    public IReadOnlyList<(AlertRule Rule, string Why)> LeftOut { get; }

    /// <summary>Channels that no rule watches or looks at, in the order they come.</summary>
    public List<string> Unwatched { get; } = [];

    /// <summary>What rules look at and the recording has not got.</summary>
    public List<(AlertRule Rule, string Channel, string Text)> Unfed { get; } = [];

    /// <summary>Alerts that are on at the end.</summary>
    public IReadOnlyList<(AlertRule Rule, string Channel, AlertState State)> Open =>
    [
        .. watches.Values.SelectMany(watch => watch)
            .Where(watch => watch.Origin.IsOwn && watch.Stepper.Alert.Phase.IsAnnounced)
            .Select(watch => (watch.Rule, watch.Channel, watch.Stepper.Alert)),
    ];

    /// <summary>Sets a trial up.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="channels">The channels of the recording.</param>
    /// <param name="measurands">What some of them measure.</param>
    /// <param name="faults">Takes what is not clear.</param>
    /// <returns>The trial; null where something is not clear.</returns>
    public static RuleTrial? Of(
        IReadOnlyList<AlertRule> rules, IReadOnlyList<string> channels, IReadOnlyDictionary<string, Measurand> measurands, List<string> faults)
    {
        var trial = new RuleTrial(rules);
        List<(string Name, AlertSubject Subject, IReadOnlyList<AlertRule> Rules)> known = [];
        foreach (var channel in channels)
        {
            if (TrialChannel.Of(channel, measurands.TryGetValue(channel, out var said) ? said : null, rules, out var fault)
                is not var (subject, watching))
            {
                faults.Add(fault!);
                continue;
            }

            known.Add((channel, subject, watching));
            trial.watches[channel] = [];
        }

        foreach (var (name, subject, watching) in known)
        {
            foreach (var rule in watching)
            {
                var stepper = new RuleStepper(rule.Threshold, rule.Statistic, rule.Validity, RuleState.Initial);
                List<string> others = [];
                trial.watches[name].Add(new Watch(rule, stepper, name, default, others));
                var fed = 0;
                foreach (var other in known)
                {
                    if (rule.InputsOf(subject, other.Subject) is not 0 and var inputs)
                    {
                        others.Add(other.Name);
                        trial.watches[other.Name].Add(new Watch(rule, stepper, name, new SampleOrigin(other.Subject.Source, inputs), others));
                        fed |= inputs;
                    }
                }

                trial.NoteUnfed(rule, name, fed);
            }
        }

        trial.Unwatched.AddRange(channels.Where(channel => trial.watches.TryGetValue(channel, out var watching) && watching.Count == 0));
        return faults.Count == 0 ? trial : null;
    }

    /// <summary>Takes values through.</summary>
    /// <param name="values">The values by time.</param>
    /// <returns>What they change.</returns>
    public IEnumerable<TrialChange> Run(IReadOnlyList<RecordedValue> values)
    {
        List<AlertChange> changes = [];
        for (var from = 0; from < values.Count;)
        {
            var to = from + 1;
            while (to < values.Count && values[to].Sample.At == values[from].Sample.At)
            {
                to++;
            }

            for (var i = from; i < to; i++)
            {
                newest[values[i].Channel] = values[i];
            }

            // As the engine does: what is measured together is compared with each other.
            var together = values.Skip(from).Take(to - from).SelectMany(value => watches[value.Channel].Select(watch => (Watch: watch, value.Sample)));
            foreach (var (watch, sample) in together.OrderBy(pair => pair.Watch.Origin.IsOwn))
            {
                changes.Clear();
                watch.Stepper.Step(watch.Rule.Judged(sample with { Origin = watch.Origin }), changes);
                foreach (var change in changes)
                {
                    yield return new TrialChange(
                        watch.Rule, watch.Channel, change, newest[watch.Channel],
                        [.. watch.Others.Where(newest.ContainsKey).Select(other => newest[other])]);
                }
            }

            from = to;
        }
    }

    private static string? WhyLeftOut(AlertRule rule) =>
        rule.Average is { } average
            ? $"it watches the average {average.Id}, which a running backend makes of what it stores; pond-backend average FILE.csv tells what the average of a recording is"
        : rule.Measurand == Measurand.GatewaySilence
            ? "it waits for gateways that are silent, and a recording has none; pond-backend rules test EPISODE.toml plays an outage"
        : rule.Measurand.IsFoundByBackend
            ? "what it watches a running backend finds by itself, and no recording has it"
        : null;

    private void NoteUnfed(AlertRule rule, string channel, int fed)
    {
        if (rule.Joint is not { } joint)
        {
            return;
        }

        if (joint.Against is { } against && (fed & 1) == 0)
        {
            Unfed.Add((rule, channel, against.Text));
        }

        for (var i = 0; i < joint.Conditions.Count; i++)
        {
            if ((fed & (2 << i)) == 0 && !joint.Conditions[i].IsShown)
            {
                Unfed.Add((rule, channel, joint.Conditions[i].Text));
            }
        }
    }

    // A rule on its way, and what the values of one channel are to it.
    private sealed record Watch(AlertRule Rule, RuleStepper Stepper, string Channel, SampleOrigin Origin, IReadOnlyList<string> Others);
}
