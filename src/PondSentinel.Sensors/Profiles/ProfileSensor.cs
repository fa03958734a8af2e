using System.Globalization;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.ModbusRtu;

namespace PondSentinel.Sensors.Profiles;

/// <summary>A Modbus RTU probe that a profile describes.</summary>
/// <remarks>
/// <para>Asks for the reads that hold a wanted output, in the profile's order. Where some of them fail and some do not, the
/// outputs of those that failed say why, and the others stand. One to which it is silent again and again is asked seldom, see
/// <see cref="SilentReads"/>.</para>
/// <para>At first and after each <see cref="Forget"/> it is asked who it is and given the time to warm up before a value of it
/// counts. Some old pieces are silent about their number. Where nobody has noted one, such a piece is believed after
/// <see cref="SilencesOfOneWithoutNumber"/> polls in which it did not answer about it, because one silence may be noise on the
/// line; until then it is <see cref="SensorFault.NotReady"/> and its numbers are not kept: another piece at its address would
/// give numbers that look as good. So a piece without a number costs itself two polls at each beginning.</para>
/// </remarks>
internal sealed class ProfileSensor : IDirectSensor, ICalibratingSensor, IIdentifyingSensor, IReaddressableSensor
{
    /// <summary>Polls in which a piece does not answer about its number until it is believed to have none.</summary>
    internal const int SilencesOfOneWithoutNumber = 3;

    // For an answer whose form no manual gives; makers that give a time of their own give less.
    private static readonly TimeSpan AddressChangeDrain = TimeSpan.FromMilliseconds(500);

    private readonly DeviceProfile profile;
    private readonly ModbusRtuMaster master;
    private readonly TimeProvider time;
    private readonly ProfileOrder order;
    private readonly ProfileSequence? sequence;
    private readonly IReadOnlyList<(ProfileRead Read, ModbusRequest Request)> reads;
    private readonly SilentReads silent;
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
        silent = new SilentReads(reads.Count, order.Interval, time);
    }

    /// <inheritdoc/>
    public IReadOnlyList<HeldStandard> Standards =>
        [.. profile.Calibration?.Points.Select(point => new HeldStandard(point.Standard, point.Output, point.Value, point.Soak)) ?? []];

    /// <inheritdoc/>
    public async ValueTask<Reading.Failed?> CalibrateAsync(
        HeldStandard standard, double celsius, IBusTurn turn, CancellationToken cancellationToken) =>
        profile.Calibration?.Points.FirstOrDefault(point =>
            point.Standard == standard.Name && point.Output == standard.Output && point.Value == standard.Value) is { } known
            ? await TellAsync([known.Command], turn, cancellationToken)
            : new Reading.Failed(SensorFault.Refused, string.Create(
                CultureInfo.InvariantCulture, $"a {profile.Id} is not calibrated at {standard.Value} in \"{standard.Name}\""));

    /// <inheritdoc/>
    public async ValueTask<HeldCalibration> AskCalibrationAsync(int toldOf, IBusTurn turn, CancellationToken cancellationToken)
    {
        if (profile.Calibration?.Status is not { } status)
        {
            return new HeldCalibration();
        }

        var answer = await AskAsync(ModbusRequest.ReadHolding(order.Address, status.Register, 1), turn, cancellationToken);
        if (answer.Failure is { } failure)
        {
            return new HeldCalibration
            {
                Objections = [$"it does not say whether it took the calibration: {failure.Detail}"],
                IsUnanswered = true,
            };
        }

        var code = answer.Registers.Span[status.At];
        var known = status.Codes.FirstOrDefault(each => each.Value == code);
        return known is { IsGood: true }
            ? new HeldCalibration()
            : new HeldCalibration
            {
                Objections = [string.Create(CultureInfo.InvariantCulture, $"status {code:X2}: {known?.Text ?? "the manual does not know it"}")],
            };
    }

    /// <inheritdoc/>
    public ValueTask<Reading> ReadAsync(CancellationToken cancellationToken) =>
        ReadAsync(new LoneTurn(time), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Reading> ReadAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        silent.Begin();
        var reading = await PollAsync(turn, cancellationToken);
        if (reading is Reading.Failed { Fault: SensorFault.WrongDevice })
        {
            Forget();
        }

        return reading;
    }

    /// <inheritdoc/>
    public async ValueTask<Reading> ReadDirectAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        silent.Begin();
        var reading = await AskAsync(turn, cancellationToken);
        return reading is Reading.Measured && !isKnown
            && await RefuseAnotherAsync(turn, cancellationToken) is { Fault: SensorFault.WrongDevice } other ? other : reading;
    }

    /// <inheritdoc/>
    public async ValueTask<DeviceIdentity> IdentifyAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        if (profile.Identity is not { } identity)
        {
            return new DeviceIdentity(null, null, new Reading.Failed(SensorFault.Refused, $"a {profile.Id} does not tell which piece it is"));
        }

        var answer = await AskAsync(identity.Request(order.Address), turn, cancellationToken);
        return new DeviceIdentity(answer.Failure is null ? identity.SerialIn(answer.Registers.Span) : null, null, answer.Failure);
    }

    /// <inheritdoc/>
    public async ValueTask<Reading.Failed?> SetAddressAsync(byte address, IBusTurn turn, CancellationToken cancellationToken)
    {
        if (profile.AddressChange is not { } change)
        {
            return new Reading.Failed(SensorFault.Refused, $"the maker of a {profile.Id} gives no way to change its address over the line");
        }

        // Two with one address would answer at once from now on, and neither could be told to move again.
        var read = profile.Reads[0];
        var there = await AskAsync(read.Request(address), turn, cancellationToken);
        if (there.Failure is not { Fault: SensorFault.NoAnswer })
        {
            return new Reading.Failed(SensorFault.Refused, string.Create(CultureInfo.InvariantCulture, $"somebody answers at {address} already: give it another"));
        }

        if ((await AskAsync(read.Request(order.Address), turn, cancellationToken)).Failure is { } silent)
        {
            return silent;
        }

        // Whether the answer comes from the old address or the new one, manuals do not say.
        byte[] write = [.. change.Write.Span, address, .. change.After.Span];
        var told = await master.TellAsync(ModbusRequest.Raw(order.Address, write, []), profile.Line.Patience, AddressChangeDrain, cancellationToken);
        if (told is not null)
        {
            return told;
        }

        isKnown = false;
        return (await AskAsync(read.Request(address), turn, cancellationToken)).Failure is { } failed
            ? new Reading.Failed(failed.Fault, string.Create(
                CultureInfo.InvariantCulture, $"it was told to be {address} and does not answer there ({failed.Detail}); switch its supply off and on and read it at both"))
            : null;
    }

    /// <inheritdoc/>
    public void Forget()
    {
        isKnown = false;
        silences = 0;
        silent.Forget();
    }

    private async ValueTask<Reading> PollAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        if (!isKnown)
        {
            // The read comes first: one that is not there costs its neighbours no second deadline.
            var reading = await AskAsync(turn, cancellationToken);
            if (reading is Reading.Failed)
            {
                return reading;
            }

            if (await RefuseAnotherAsync(turn, cancellationToken) is { } refused)
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
            ? await AskAsync(turn, cancellationToken)
            : await GoThroughAsync(sequence, turn, cancellationToken);
    }

    private async ValueTask<Reading.Failed?> RefuseAnotherAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        if (profile.Identity is not { } identity)
        {
            return null;
        }

        var answer = await AskAsync(identity.Request(order.Address), turn, cancellationToken);
        if (answer.Failure is { } failure)
        {
            return order.Serial is null ? Unnumbered(failure) : failure;
        }

        silences = 0;
        var serial = identity.SerialIn(answer.Registers.Span);
        if (order.Serial is { } expected && !string.Equals(expected, serial, StringComparison.OrdinalIgnoreCase))
        {
            return Wrong($"its serial number is {Shown(serial)}, not {expected}");
        }

        return identity.IsOfModel(serial)
            ? null
            : Wrong($"its serial number {Shown(serial)} is not one of a {profile.Id}");
    }

    // Null where it is believed to have no number.
    private Reading.Failed? Unnumbered(Reading.Failed failure)
    {
        if (failure.Fault == SensorFault.Refused)
        {
            return null;
        }

        // Not the fault itself: that would be tried again at once, and be a second silence of the same poll.
        return failure.Fault != SensorFault.NoAnswer ? failure
            : ++silences < SilencesOfOneWithoutNumber
                ? new Reading.Failed(
                    SensorFault.NotReady,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"it did not answer about its serial number, {silences} of {SilencesOfOneWithoutNumber} times; then it is believed to have none"))
                : null;
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
            if (await TellAsync(steps.Prelude, turn, cancellationToken) is { } failed)
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
            burst.Add(await AskAsync(turn, cancellationToken));
            if (burst.Result is not null)
            {
                break;
            }

            await turn.PauseAsync((steps.BurstEvery * burst.Count) - time.GetElapsedTime(begun), cancellationToken);
        }

        // What a probe is told afterwards is for its own sake: the values stand without it.
        if (burst.Result is Reading.Measured)
        {
            await TellAsync(steps.Postlude, turn, cancellationToken);
        }

        return burst.Result;
    }

    private async ValueTask<Reading.Failed?> TellAsync(
        IReadOnlyList<ProfileStep> steps, IBusTurn turn, CancellationToken cancellationToken)
    {
        foreach (var step in steps)
        {
            var request = step.Request(order.Address);
            await SettleDebtAsync(turn, cancellationToken);
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

    private async ValueTask<Reading> AskAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        List<OutputReading> outputs = [];
        List<ProfileFault> doubts = [];
        for (var i = 0; i < reads.Count; i++)
        {
            var (read, request) = reads[i];
            var failed = new Reading.Failed(SensorFault.NoAnswer, silent.DetailOf(i, read.Name));
            if (outputs.Count == 0 || !silent.IsSpared(i))
            {
                if (silent.PauseBefore(i) is var pause && pause > TimeSpan.Zero)
                {
                    await turn.PauseAsync(pause, cancellationToken);
                }

                var answer = await AskAsync(request, turn, cancellationToken);
                var reading = answer.Failure ?? read.Interpret(answer.Registers.Span);
                if (reading is Reading.Measured measured)
                {
                    silent.Note(i, wasSilent: false);
                    outputs.AddRange(measured.Outputs);
                    doubts.AddRange(read.DoubtsIn(answer.Registers.Span));
                    continue;
                }

                failed = (Reading.Failed)reading;
                if (outputs.Count == 0 || answer.Failure is null || failed.Fault is SensorFault.BusDown or SensorFault.DeviceFault)
                {
                    // To go on would only cost the neighbours more of the line's time, or give numbers that are not from now.
                    return failed;
                }

                silent.Note(i, wasSilent: failed.Fault is SensorFault.NoAnswer or SensorFault.TimedOut);
            }

            outputs.AddRange(read.Outputs.Select(output => new OutputReading(output.Output.Name, null, failed.Fault) { Detail = failed.Detail }));
            if (read.Outputs.Count == 0)
            {
                // What the probe would have said against the numbers, nobody knows.
                doubts.Add(new ProfileFault(0, $"{read.Name}: {failed.Detail}") { Fault = failed.Fault, KeepsNumbers = true });
            }
        }

        return new Reading.Measured([.. outputs.Select(output => doubts.Aggregate(output, (each, doubt) => doubt.AppliedOver(each)))]);
    }

    private async ValueTask<ModbusAnswer> AskAsync(ModbusRequest request, IBusTurn turn, CancellationToken cancellationToken)
    {
        await SettleDebtAsync(turn, cancellationToken);
        return await master.AskAsync(request, profile.Line.Patience, cancellationToken);
    }

    // A late answer is waited for off the line: only this probe must not be asked meanwhile.
    private async ValueTask SettleDebtAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        if (master.OwedBy(order.Address) is var owed && owed > TimeSpan.Zero)
        {
            await turn.PauseAsync(owed, cancellationToken);
        }
    }
}

/// <summary>What is wanted of a probe.</summary>
/// <param name="Address">Its address, 1 to 247.</param>
/// <param name="Outputs">The outputs somebody wants.</param>
internal sealed record ProfileOrder(byte Address, IReadOnlyCollection<string> Outputs)
{
    /// <summary>Serial number of the very piece; null where any will do.</summary>
    public string? Serial { get; init; }

    /// <summary>Time between its polls; null where nobody has said.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Whether the profile's sequence is gone through.</summary>
    public bool Sequenced { get; init; } = true;

    /// <summary>What an order says of a probe.</summary>
    /// <param name="order">The order.</param>
    public static ProfileOrder Of(SensorOrder order) => new((byte)order.Address, order.Outputs)
    {
        Serial = order.Serial,
        Interval = order.Interval,
        Sequenced = ProfileSettings.IsSequenced(order.Settings),
    };
}
