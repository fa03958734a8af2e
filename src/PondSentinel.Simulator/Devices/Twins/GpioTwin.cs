using System.Globalization;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>What hangs on a line of a <see cref="VirtualGpio"/>. Its time is in the hand of whoever steps it. Not thread-safe.</summary>
/// <param name="id">Name of the device.</param>
/// <param name="line">Number of its line.</param>
/// <param name="faults">What is wrong with it.</param>
/// <param name="log">Told of what somebody sees who looks at the line.</param>
internal abstract class GpioTwin(string id, int line, Faults faults, ServedLog log)
{
    /// <summary>How often a contact that bounces opens again.</summary>
    protected const int Bounces = 3;

    /// <summary>How often it is looked whether it is well again.</summary>
    protected static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>Number of its line.</summary>
    public int Line => line;

    /// <summary>Whether its chip is gone.</summary>
    public bool IsGone => faults.Kind == FaultKind.Gone;

    /// <summary>Whether its line is high.</summary>
    public abstract bool IsHigh { get; }

    /// <summary>When something happens next.</summary>
    public abstract TimeSpan NextAt { get; }

    /// <summary>Told of each edge; null where nobody is.</summary>
    protected Action<bool>? OnEdge { get; set; }

    /// <summary>Lets happen what happens at <see cref="NextAt"/>.</summary>
    public abstract void Step();

    /// <summary>Tells somebody of its edges from now on.</summary>
    /// <param name="told">Told of each edge, with whether the line is high after it.</param>
    /// <param name="now">Now.</param>
    public abstract void Watch(Action<bool> told, TimeSpan now);

    /// <summary>Tells nobody any more.</summary>
    public void Leave() => OnEdge = null;

    /// <summary>Somebody looks at the line.</summary>
    /// <param name="now">Now.</param>
    public abstract void Note(TimeSpan now);

    /// <summary>Notes what whoever looks at the line sees.</summary>
    /// <param name="raw">The number as it is served.</param>
    /// <param name="name">What it is of.</param>
    /// <param name="value">The number.</param>
    protected void Serve(byte[] raw, string name, double value) =>
        log.Note(id, new ServedValues(line.ToString(CultureInfo.InvariantCulture), raw, [(name, value)]));
}
