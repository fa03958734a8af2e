using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting;

/// <summary>What the backend has found of something that no gateway measures.</summary>
/// <param name="Subject">Of what.</param>
/// <param name="Value">It, in the measurand's unit.</param>
internal readonly record struct Finding(AlertSubject Subject, double Value);

/// <summary>All that one look has found.</summary>
/// <param name="Measurand">What was looked for.</param>
/// <param name="All">What was found.</param>
/// <param name="IsGone">Whether something is there no more of which something was found before: not that nobody knows.</param>
internal sealed record Findings(Measurand Measurand, IReadOnlyList<Finding> All, Predicate<AlertSubject> IsGone);
