using System.Buffers.Binary;
using PondSentinel.Sensors.Drivers.PulseCounter;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>A contact on a GPIO line: a tipping bucket, cups, a flow meter. It closes as often as there is something to count.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class ContactTwin : GpioTwin
{
    private const double SecondsMax = 3600;

    // Of a line that is never still: more edges than any contact that bounces has.
    private const double EdgesPerPulse = 40;

    private readonly PulseSettings settings;
    private readonly Faults faults;
    private readonly Func<Sense> sense;
    private readonly Queue<Edge> coming = new();
    private readonly TimeSpan bounce;
    private readonly TimeSpan still;
    private TimeSpan planAt;
    private bool isClosed;
    private bool isNoisy;
    private long pulses;

    /// <summary>Makes one that is open.</summary>
    /// <param name="id">Name of the device.</param>
    /// <param name="line">Number of its line.</param>
    /// <param name="settings">What its pulses are.</param>
    /// <param name="faults">What is wrong with it.</param>
    /// <param name="sense">What there is to sense now; of plain pulses, how many a second.</param>
    /// <param name="log">Told of the count at each look at the line: of the pulses that somebody was told of.</param>
    public ContactTwin(string id, int line, PulseSettings settings, Faults faults, Func<Sense> sense, ServedLog log)
        : base(id, line, faults, log)
    {
        (this.settings, this.faults, this.sense) = (settings, faults, sense);
        bounce = settings.Limits.Debounce / 8;
        still = settings.Limits.Debounce * 2;
        planAt = still;
    }

    /// <summary>What can be wrong with it.</summary>
    public static IReadOnlyList<FaultKind> Knobs { get; } =
        [FaultKind.Stuck, FaultKind.Closed, FaultKind.Bounce, FaultKind.Noise, FaultKind.Gone];

    /// <inheritdoc/>
    public override bool IsHigh => isClosed == settings.ClosesHigh;

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

        isClosed = edge.Closes;
        if (OnEdge is not null && !IsGone)
        {
            pulses += edge.IsPulse ? 1 : 0;
            OnEdge(IsHigh);
        }
    }

    /// <inheritdoc/>
    /// <remarks>After it has been still for a while.</remarks>
    public override void Watch(Action<bool> told, TimeSpan now)
    {
        coming.Clear();
        (OnEdge, planAt, isNoisy) = (told, now + still, false);
    }

    /// <inheritdoc/>
    public override void Note(TimeSpan now)
    {
        var raw = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(raw, pulses);
        Serve(raw, "count", pulses);
    }

    private void Plan(TimeSpan now)
    {
        if (isNoisy && faults.Kind != FaultKind.Noise)
        {
            (isNoisy, planAt) = (false, now + still);
            return;
        }

        switch (faults.Kind)
        {
            case FaultKind.Stuck:
                planAt = now + Look;
                break;
            case FaultKind.Closed:
                if (!isClosed)
                {
                    coming.Enqueue(new Edge(now, Closes: true, IsPulse: true));
                }

                planAt = now + Look;
                break;
            case FaultKind.Noise:
                // Its first closing is like any other; after that the line has not been still.
                coming.Enqueue(new Edge(now, !isClosed, IsPulse: !isClosed && !isNoisy));
                isNoisy = true;
                planAt = now + TimeSpan.FromSeconds(1 / (EdgesPerPulse * settings.Limits.PerSecondMax));
                break;
            default:
                planAt = isClosed ? Turn(now, closes: false) + still : Turn(Turn(now, closes: true) + still, closes: false) + Rest();
                break;
        }
    }

    // When it is over.
    private TimeSpan Turn(TimeSpan now, bool closes)
    {
        coming.Enqueue(new Edge(now, closes, IsPulse: closes));
        for (var bounces = 0; bounces < Bounces && faults.Kind == FaultKind.Bounce && bounce > TimeSpan.Zero; bounces++)
        {
            coming.Enqueue(new Edge(now += bounce, !closes, IsPulse: false));
            coming.Enqueue(new Edge(now += bounce, closes, IsPulse: false));
        }

        return now;
    }

    private TimeSpan Rest()
    {
        var there = sense()((settings.Quantity.Rate ?? PulseQuantity.Count).Measurand);
        var perSecond = settings.Quantity.Rate is null
            ? there
            : (there - settings.Offset) / (settings.PerPulse * settings.Quantity.RatePerPulseASecond);
        var every = perSecond > 1 / SecondsMax ? 1 / perSecond : SecondsMax;
        return TimeSpan.FromSeconds(Math.Max(every - still.TotalSeconds, still.TotalSeconds));
    }

    private readonly record struct Edge(TimeSpan At, bool Closes, bool IsPulse);
}
