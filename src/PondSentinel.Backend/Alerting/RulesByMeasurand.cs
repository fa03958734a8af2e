using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting;

/// <summary>The rules, so that each value finds those that may concern it.</summary>
internal sealed class RulesByMeasurand
{
    private readonly Dictionary<Measurand, List<AlertRule>> plain;
    private readonly HashSet<Measurand> concerned;

    /// <summary>Sorts them.</summary>
    /// <param name="rules">All rules.</param>
    public RulesByMeasurand(IReadOnlyList<AlertRule> rules)
    {
        Joint = [.. rules.Where(rule => rule.Joint is not null)];
        plain = rules.Where(rule => rule.Joint is null).GroupBy(rule => rule.Measurand).ToDictionary(group => group.Key, group => group.ToList());
        concerned = [.. rules.Select(rule => rule.Measurand), .. Joint.SelectMany(rule => rule.InputMeasurands)];
    }

    /// <summary>Those that look at several channels.</summary>
    public IReadOnlyList<AlertRule> Joint { get; }

    /// <summary>Whether any rule looks at what is measured so.</summary>
    public bool Concern(Measurand measurand) => concerned.Contains(measurand);

    /// <summary>Those that watch a channel and look at nothing else.</summary>
    public List<AlertRule> Watching(AlertSubject subject)
    {
        if (!plain.TryGetValue(subject.Measurand, out var candidates))
        {
            return [];
        }

        List<AlertRule> watching = new(candidates.Count);
        foreach (var rule in candidates)
        {
            if (rule.AppliesTo(subject))
            {
                watching.Add(rule);
            }
        }

        return watching;
    }
}
