using System.Buffers.Binary;
using PondSentinel.Sensors.Drivers.Contact;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>A contact on a GPIO line that tells how something stands: a door, a pump, a valve. In each minute it is active for the share that
/// there is to sense.</summary>
/// <remarks>What it serves is what a reader may say of it: a state counts from when the line began to be still, once that has lasted for the
/// debounce. Not thread-safe.</remarks>
internal sealed class SwitchTwin : GpioTwin
{
    // Well away from the whole seconds at which polls come in tests.
    private static readonly TimeSpan Begin = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Cycle = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan NoiseEvery = TimeSpan.FromMilliseconds(10);

    private readonly ContactSettings settings;
    private readonly Faults faults;
    private readonly Func<Sense> sense;
    private readonly Queue<(TimeSpan At, bool ToActive)> coming = new();
    private readonly TimeSpan bounce;
    private TimeSpan planAt = Begin;
    private bool isActive;
    private bool counts;
    private TimeSpan stillSince;
    private TimeSpan countedTo;
    private TimeSpan active;
    private TimeSpan since;

    /// <summary>Makes one that is not active.</summary>
    /// <param name="id">Name of the device.</param>
    /// <param name="line">Number of its line.</param>
    /// <param name="settings">What it tells of.</param>
    /// <param name="faults">What is wrong with it.</param>
    /// <param name="sense">What there is to sense now: the share of the time, 0 to 1.</param>
    /// <param name="log">Told of the share at each look at the line.</param>
    public SwitchTwin(string id, int line, ContactSettings settings, Faults faults, Func<Sense> sense, ServedLog log)
        : base(id, line, faults, log)
    {
        (this.settings, this.faults, this.sense) = (settings, faults, sense);
        bounce = settings.Debounce / 8;
    }

    /// <summary>What can be wrong with it.</summary>
    public static IReadOnlyList<FaultKind> Knobs { get; } = [FaultKind.Stuck, FaultKind.Bounce, FaultKind.Noise, FaultKind.Gone];

    /// <inheritdoc/>
    public override bool IsHigh => isActive == settings.ActiveHigh;

    /// <inheritdoc/>
    public override TimeSpan NextAt => coming.TryPeek(out var edge) ? edge.At : planAt;

    /// <inheritdoc/>
    public override void Step()
    {
        if (!coming.TryDequeue(out var edge))
        {
            Plan(planAt);
            return;
        }

        if (edge.ToActive == isActive)
        {
            return;
        }

        CountTo(edge.At);
        (isActive, stillSince) = (edge.ToActive, edge.At);
        if (!IsGone)
        {
            OnEdge?.Invoke(IsHigh);
        }
    }

    /// <inheritdoc/>
    public override void Watch(Action<bool> told, TimeSpan now)
    {
        coming.Clear();
        (OnEdge, planAt, counts, active) = (told, now + Begin, isActive, TimeSpan.Zero);
        stillSince = countedTo = since = now;
    }

    /// <inheritdoc/>
    public override void Note(TimeSpan now)
    {
        CountTo(now);
        var share = now > since ? active / (now - since) : counts ? 1 : 0;
        (since, active) = (now, TimeSpan.Zero);
        var raw = new byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleBigEndian(raw, share);
        Serve(raw, settings.Quantity.Output.Name, share);
    }

    private void CountTo(TimeSpan now)
    {
        if (counts != isActive && now - stillSince >= settings.Debounce)
        {
            Add(stillSince > countedTo ? stillSince : countedTo);
            counts = isActive;
        }

        Add(now);
    }

    private void Add(TimeSpan to)
    {
        active += counts ? to - countedTo : TimeSpan.Zero;
        countedTo = to;
    }

    private void Plan(TimeSpan now)
    {
        switch (faults.Kind)
        {
            case FaultKind.Stuck:
                planAt = now + Look;
                break;
            case FaultKind.Noise:
                coming.Enqueue((now, !isActive));
                planAt = now + NoiseEvery;
                break;
            default:
                var share = Math.Clamp(sense()(settings.Quantity.Output.Measurand), 0, 1);
                Turn(now, toActive: share > 0);
                Turn(now + (share * Cycle), toActive: share >= 1);
                planAt = now + Cycle;
                break;
        }
    }

    private void Turn(TimeSpan at, bool toActive)
    {
        coming.Enqueue((at, toActive));
        for (var bounces = 0; bounces < Bounces && faults.Kind == FaultKind.Bounce && bounce > TimeSpan.Zero; bounces++)
        {
            coming.Enqueue((at += bounce, !toActive));
            coming.Enqueue((at += bounce, toActive));
        }
    }
}
