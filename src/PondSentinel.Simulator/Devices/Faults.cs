namespace PondSentinel.Simulator.Devices;

/// <summary>What is wrong with a virtual device. Thread-safe: switched while its line runs.</summary>
internal sealed class Faults
{
    private volatile State state = new(FaultKind.None, TimeSpan.Zero);

    /// <summary>What is wrong.</summary>
    public FaultKind Kind => state.Kind;

    /// <summary>How much later than usual it answers.</summary>
    public TimeSpan Late => state.Kind == FaultKind.Late ? state.Late : TimeSpan.Zero;

    /// <summary>Switches.</summary>
    /// <param name="kind">What is wrong from now on.</param>
    /// <param name="late">How much later than usual it answers, where that is what is wrong.</param>
    public void Switch(FaultKind kind, TimeSpan late = default) => state = new State(kind, late);

    private sealed record State(FaultKind Kind, TimeSpan Late);
}

/// <summary>Kinds of trouble.</summary>
internal enum FaultKind
{
    /// <summary>None.</summary>
    None,

    /// <summary>It says nothing.</summary>
    Mute,

    /// <summary>One bit of each answer is wrong.</summary>
    Garble,

    /// <summary>Its answers come late.</summary>
    Late,

    /// <summary>Its wiper stands before the window; only a probe with a wiper has this.</summary>
    Wiper,
}
