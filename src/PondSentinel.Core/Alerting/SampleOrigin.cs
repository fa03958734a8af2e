namespace PondSentinel.Alerting;

/// <summary>Whose value a rule is given.</summary>
/// <param name="Source">Which channel: 0 the one that the rule watches, <see cref="Tick"/> none, any other number one beside it.</param>
/// <param name="Inputs">For a channel beside it, the inputs of the rule that it is one for, as bits.</param>
public readonly record struct SampleOrigin(long Source, int Inputs)
{
    /// <summary>The source of what no gateway has sent: somebody waited, and nothing came.</summary>
    public const long Tick = 1;

    /// <summary>Whether it is the channel that the rule watches.</summary>
    public bool IsOwn => Source == 0;

    /// <summary>Whether it says that nothing came.</summary>
    public bool IsTick => Source == Tick;
}
