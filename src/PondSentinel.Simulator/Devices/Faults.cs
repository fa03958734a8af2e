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

    /// <summary>The time whose values it gives: now, or since its values are stuck the first that was asked for.</summary>
    /// <param name="now">Now.</param>
    public TimeSpan Frozen(TimeSpan now) => state is { Kind: FaultKind.Stuck } stuck ? stuck.Since(now) : now;

    private sealed class State(FaultKind kind, TimeSpan late)
    {
        private readonly Lock gate = new();
        private TimeSpan? since;

        public FaultKind Kind => kind;

        public TimeSpan Late => late;

        public TimeSpan Since(TimeSpan now)
        {
            lock (gate)
            {
                return since ??= now;
            }
        }
    }
}

/// <summary>Kinds of trouble. Each device has some of them: <see cref="FaultWords"/>.</summary>
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

    /// <summary>Only the first half of each answer comes.</summary>
    Cut,

    /// <summary>Each answer has a 00 and an FF in front of it: a line without bias.</summary>
    Stray,

    /// <summary>Each answer has the request in front of it: an adapter that hears itself.</summary>
    Echo,

    /// <summary>Its answers carry another address.</summary>
    OtherAddress,

    /// <summary>It answers that it does not have the register (exception 02).</summary>
    Refuse,

    /// <summary>It answers that it is busy (exception 06).</summary>
    Busy,

    /// <summary>Its values stay what they are.</summary>
    Stuck,

    /// <summary>It has no numbers: NaN, all ones, or whatever its maker has for that.</summary>
    NoNumber,

    /// <summary>It says that it cannot measure: a wiper before the window, a range that is not found.</summary>
    Error,

    /// <summary>It measures only after it was started, as old pieces do.</summary>
    Unstarted,

    /// <summary>Some of its parts are not fitted, and read 0.</summary>
    Absent,

    /// <summary>It says that its supply has a problem.</summary>
    Supply,

    /// <summary>It sleeps.</summary>
    Asleep,

    /// <summary>It has just started and says so.</summary>
    Starting,

    /// <summary>It says that its fan has failed.</summary>
    Fan,

    /// <summary>It says that its laser has failed.</summary>
    Laser,

    /// <summary>It says that it is degraded.</summary>
    Degraded,

    /// <summary>It says that its heater has failed.</summary>
    Heater,

    /// <summary>It says that its sensor of temperature and humidity has failed.</summary>
    Climate,

    /// <summary>It says that its memory is damaged.</summary>
    Memory,

    /// <summary>It reads nothing but zeros.</summary>
    Zeros,

    /// <summary>It is heard from the middle of a message on.</summary>
    MidFrame,

    /// <summary>It answers without end that it still works on it.</summary>
    Pending,

    /// <summary>It answers that it has no data.</summary>
    NoData,

    /// <summary>The top bit of each byte of a text is set, as a Pi does while a device stretches the clock.</summary>
    TopBits,

    /// <summary>It starts anew after each command.</summary>
    Restart,

    /// <summary>It acknowledges nothing.</summary>
    Nack,

    /// <summary>It holds a wire of its bus.</summary>
    Held,

    /// <summary>Its input stands at the rail.</summary>
    Rail,

    /// <summary>Another chip is in its place.</summary>
    OtherChip,

    /// <summary>It never ends its measurement.</summary>
    NotReady,

    /// <summary>It gives what it holds after it got its supply: 85 °C.</summary>
    PowerOn,

    /// <summary>It has gone from its bus.</summary>
    Gone,

    /// <summary>Its contact stays closed.</summary>
    Closed,

    /// <summary>Its contact bounces each time that it closes or opens.</summary>
    Bounce,

    /// <summary>Its line is never still.</summary>
    Noise,
}
