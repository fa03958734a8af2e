using System.Globalization;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.ModbusRtu;

namespace PondSentinel.Sensors.Profiles;

/// <summary>A Modbus RTU probe that a profile describes.</summary>
/// <remarks>
/// <para>Asks for the reads that hold a wanted output, in the profile's order. Where some of them fail and some do not, the
/// outputs of those that failed say why, and the others stand.</para>
/// <para>At first and whenever it had gone (its port, or it was silent twice running: it may have lost its power, or be another
/// piece), it is asked who it is and given the time to warm up before a value of it counts.</para>
/// </remarks>
internal sealed class ProfileSensor : IPausingSensor
{
    // Once may be noise.
    private const int SilencesOfOneThatHadGone = 2;

    private readonly DeviceProfile profile;
    private readonly ModbusRtuMaster master;
    private readonly TimeProvider time;
    private readonly ProfileOrder order;
    private readonly ProfileSequence? sequence;
    private readonly IReadOnlyList<(ProfileRead Read, ModbusRequest Request)> reads;
    private bool isKnown;
    private int silences;
    private long? preludeAt;

    /// <summary>Makes the sensor.</summary>
    /// <param name="profile">What it is.</param>
    /// <param name="master">Who asks it.</param>
    /// <param name="order">What is wanted of it.</param>
    /// <param name="time">For waiting.</param>
    public ProfileSensor(DeviceProfile profile, ModbusRtuMaster master, ProfileOrder order, TimeProvider time)
    {
        this.profile = profile;
        this.master = master;
        this.order = order;
        this.time = time;
        sequence = order.Sequenced ? profile.Sequence : null;
        reads = [.. profile.ReadsFor(order.Outputs).Select(read => (read, read.Request(order.Address)))];
    }

    /// <inheritdoc/>
    public ValueTask<Reading> ReadAsync(CancellationToken cancellationToken) =>
        ReadAsync(new LoneTurn(time), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Reading> ReadAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        var reading = await PollAsync(turn, cancellationToken);
        var fault = (reading as Reading.Failed)?.Fault;
        silences = fault == SensorFault.NoAnswer ? silences + 1 : 0;
        if (fault is SensorFault.BusDown or SensorFault.WrongDevice || silences >= SilencesOfOneThatHadGone)
        {
            isKnown = false;
        }

        return reading;
    }

    private async ValueTask<Reading> PollAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        if (!isKnown)
        {
            // The read comes first: one that is not there costs its neighbours no second deadline.
            var reading = await AskAsync(cancellationToken);
            if (reading is Reading.Failed)
            {
                return reading;
            }

            if (await IdentifyAsync(cancellationToken) is { } refused)
            {
                return refused;
            }

            preludeAt = null;
            if (sequence is null)
            {
                isKnown = true;
                return reading;
            }

            await turn.PauseAsync(sequence.WarmUp, cancellationToken);
            isKnown = true;
        }

        return sequence is null
            ? await AskAsync(cancellationToken)
            : await GoThroughAsync(sequence, turn, cancellationToken);
    }

    private async ValueTask<Reading.Failed?> IdentifyAsync(CancellationToken cancellationToken)
    {
        if (profile.Identity is not { } identity)
        {
            return null;
        }

        var answer = await master.AskAsync(identity.Request(order.Address), profile.Line.Patience, cancellationToken);
        if (answer.Failure is { } failure)
        {
            // Old pieces are silent about their number. Where nobody wants to know it, they are believed.
            return order.Serial is null && failure.Fault is SensorFault.NoAnswer or SensorFault.Refused ? null : failure;
        }

        var serial = identity.SerialIn(answer.Registers.Span);
        if (order.Serial is { } expected && !string.Equals(expected, serial, StringComparison.OrdinalIgnoreCase))
        {
            return Wrong($"its serial number is {Shown(serial)}, not {expected}");
        }

        return identity.IsOfModel(serial)
            ? null
            : Wrong($"its serial number {Shown(serial)} is not one of a {profile.Id}");
    }

    private Reading.Failed Wrong(string what) => new(
        SensorFault.WrongDevice, string.Create(CultureInfo.InvariantCulture, $"address {order.Address}: {what}"));

    private static string Shown(string serial) => serial.Length == 0 ? "empty" : serial;

    private async ValueTask<Reading> GoThroughAsync(
        ProfileSequence steps, IBusTurn turn, CancellationToken cancellationToken)
    {
        if (steps.Prelude.Count > 0
            && (preludeAt is not { } since || time.GetElapsedTime(since) >= steps.PreludeEvery))
        {
            if (await TellAsync(steps.Prelude, cancellationToken) is { } failed)
            {
                return failed;
            }

            preludeAt = time.GetTimestamp();
            await turn.PauseAsync(steps.Settle, cancellationToken);
        }

        turn.BeginMeasuring();
        var burst = new ProfileBurst(profile, steps);
        for (var begun = time.GetTimestamp(); ;)
        {
            burst.Add(await AskAsync(cancellationToken));
            if (burst.Result is not null)
            {
                break;
            }

            await turn.PauseAsync((steps.BurstEvery * burst.Count) - time.GetElapsedTime(begun), cancellationToken);
        }

        // What a probe is told afterwards is for its own sake: the values stand without it.
        if (burst.Result is Reading.Measured)
        {
            await TellAsync(steps.Postlude, cancellationToken);
        }

        return burst.Result;
    }

    private async ValueTask<Reading.Failed?> TellAsync(IReadOnlyList<ProfileStep> steps, CancellationToken cancellationToken)
    {
        foreach (var step in steps)
        {
            var request = step.Request(order.Address);
            var failed = step.Reply.IsEmpty
                ? await master.TellAsync(request, profile.Line.Patience, step.Drain, cancellationToken)
                : (await master.AskAsync(request, profile.Line.Patience, cancellationToken)).Failure;
            if (failed is not null)
            {
                return failed;
            }
        }

        return null;
    }

    private async ValueTask<Reading> AskAsync(CancellationToken cancellationToken)
    {
        List<OutputReading> outputs = [];
        foreach (var (read, request) in reads)
        {
            var answer = await master.AskAsync(request, profile.Line.Patience, cancellationToken);
            var reading = answer.Failure ?? read.Interpret(answer.Registers.Span);
            if (reading is Reading.Measured measured)
            {
                outputs.AddRange(measured.Outputs);
                continue;
            }

            var failed = (Reading.Failed)reading;
            if (outputs.Count == 0 || answer.Failure is null || failed.Fault is SensorFault.BusDown or SensorFault.DeviceFault)
            {
                // To go on would only cost the neighbours more of the line's time, or give numbers that are not from now.
                return failed;
            }

            outputs.AddRange(read.Outputs.Select(output => new OutputReading(output.Output.Name, null, failed.Fault)));
        }

        return new Reading.Measured(outputs);
    }
}

/// <summary>What is wanted of a probe.</summary>
/// <param name="Address">Its address, 1 to 247.</param>
/// <param name="Outputs">The outputs somebody wants.</param>
internal sealed record ProfileOrder(byte Address, IReadOnlyCollection<string> Outputs)
{
    /// <summary>Serial number of the very piece; null where any will do.</summary>
    public string? Serial { get; init; }

    /// <summary>Whether the profile's sequence is gone through.</summary>
    public bool Sequenced { get; init; } = true;

    /// <summary>What an order says of a probe.</summary>
    /// <param name="order">The order.</param>
    public static ProfileOrder Of(SensorOrder order) => new((byte)order.Address, order.Outputs)
    {
        Serial = order.Serial,
        Sequenced = ProfileSettings.IsSequenced(order.Settings),
    };
}
