using System.Globalization;
using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Drivers.AtlasEzo;

/// <summary>Reads an Atlas Scientific EZO circuit: pH, conductivity, temperature, redox potential or oxygen.</summary>
/// <remarks>
/// <para>Before the first reading, after every failure and once a day it asks the circuit what it is and how it is set: boards
/// are plugged in sockets that look all the same, and one that has lost its supply has lost its temperature too. Why it last
/// started goes with the first reading after that, where the report of a trouble that is over shows it. A pH electrode that
/// its circuit calls worn is doubted.</para>
/// <para>No check sum protects a reading. Where a digit may change on its way, a reading is believed only that agrees with the last
/// one that was, or with another of the same poll.</para>
/// <para>While the circuit works on a command its bus is left to others. Not thread-safe: one instance owns the circuit's
/// traffic.</para>
/// </remarks>
/// <param name="circuit">Which circuit it must be.</param>
/// <param name="water">What is known of the water just now.</param>
/// <param name="link">The way to it.</param>
/// <param name="time">For waiting.</param>
internal sealed class EzoSensor(EzoCircuit circuit, Func<EzoWater> water, IEzoLink link, TimeProvider time)
    : IPausingSensor, ICalibratingSensor, IIdentifyingSensor
{
    // Data sheets: every command but a reading and a calibration.
    private static readonly TimeSpan CommandTime = TimeSpan.FromMilliseconds(300);

    // Somebody may have calibrated it meanwhile.
    private static readonly TimeSpan KnownFor = TimeSpan.FromDays(1);

    // Of three, two agree unless two of them are wrong.
    private const int ReadingsMax = 3;

    private long? knownSince;
    private double? believed;
    private EzoStatus? status;
    private EzoSlope? slope;

    /// <inheritdoc/>
    public IReadOnlyList<HeldStandard> Standards { get; } =
    [
        // Of two outputs a channel keeps one, and the calibration is the same: standards of conductivity are told at 25 °C.
        .. circuit.Outputs.SelectMany(output => circuit.Calibration?.Standards.Select(each => each.Standard with { Output = output.Name }) ?? []),
    ];

    /// <inheritdoc/>
    public ValueTask<Reading> ReadAsync(CancellationToken cancellationToken) => ReadAsync(new LoneTurn(time), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Reading> ReadAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        // Set only at the end, so that a poll that is cut short leaves nothing taken for granted.
        var since = knownSince is { } learnt && time.GetElapsedTime(learnt) < KnownFor ? knownSince : null;
        knownSince = null;
        if (since is null && await GetToKnowAsync(turn, cancellationToken) is { } objection)
        {
            return objection;
        }

        turn.BeginMeasuring();
        var now = water();
        var reading = await ReadAgreedAsync(now, turn, cancellationToken);
        if (reading is not Reading.Measured measured)
        {
            return reading;
        }

        knownSince = since ?? time.GetTimestamp();
        var told = new Reading.Measured([.. measured.Outputs.Select(Told)]);
        status = null;
        return told;
    }

    /// <inheritdoc/>
    public void Forget()
    {
        knownSince = null;
        believed = null;
    }

    private async ValueTask<Reading> ReadAgreedAsync(EzoWater now, IBusTurn turn, CancellationToken cancellationToken)
    {
        List<double> heard = believed is { } last ? [last] : [];
        believed = null;
        for (var readings = 1; ; readings++)
        {
            var answer = await link.AskAsync(circuit.ReadCommand(now.Celsius), circuit.ReadTime, turn, cancellationToken);
            var reading = answer.Failure ?? circuit.Interpret(answer.Text!, now);
            if (reading is Reading.Failed || !link.MayChangeDigits || EzoText.Number(answer.Text!) is not { } number)
            {
                return reading;
            }

            if (heard.Exists(other => circuit.Agreement.Holds(number, other)))
            {
                believed = number;
                return reading;
            }

            heard.Add(number);
            if (readings == ReadingsMax)
            {
                var said = heard.TakeLast(ReadingsMax).Select(one => one.ToString(CultureInfo.InvariantCulture));
                return new Reading.Failed(SensorFault.Garbled, $"its readings do not agree: {string.Join(", ", said)}");
            }

            // Nobody else hangs there, but a turn is no longer than it must be.
            await turn.PauseAsync(TimeSpan.Zero, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Reading.Failed?> CalibrateAsync(
        HeldStandard standard, double celsius, IBusTurn turn, CancellationToken cancellationToken)
    {
        if (circuit.Calibration is not { } recipe || recipe.CommandOf(standard) is not { } command)
        {
            return new Reading.Failed(SensorFault.Refused, string.Create(
                CultureInfo.InvariantCulture, $"an EZO-{circuit.Word} is not calibrated at {standard.Value} in \"{standard.Name}\""));
        }

        // What it knew of its electrode is no longer so, whatever comes of this.
        Forget();
        if (await link.BeginAsync(turn, cancellationToken) is { } failure)
        {
            return failure;
        }

        // Data sheet of the EC circuit: left at 25 °C while it is calibrated.
        if (circuit.TellsSlope)
        {
            var told = await link.AskAsync(
                string.Create(CultureInfo.InvariantCulture, $"T,{celsius:0.0##}"), CommandTime, turn, cancellationToken);
            if (told.Failure is { } refused)
            {
                return refused;
            }
        }

        return (await link.AskAsync(command, recipe.Time, turn, cancellationToken)).Failure;
    }

    /// <inheritdoc/>
    public async ValueTask<HeldCalibration> AskCalibrationAsync(int toldOf, IBusTurn turn, CancellationToken cancellationToken)
    {
        if (circuit.Calibration is not { } recipe)
        {
            return new HeldCalibration { Objections = [$"an EZO-{circuit.Word} is calibrated with its maker's own commands"] };
        }

        // What is late of an answer before is no answer to this.
        if (await link.BeginAsync(turn, cancellationToken) is { } silent)
        {
            return new HeldCalibration { Objections = [silent.Detail], IsUnanswered = true };
        }

        var held = await link.AskAsync("Cal,?", CommandTime, turn, cancellationToken);
        if (held.Text is not { } count || EzoCalibration.Held(count) is not { } points)
        {
            return new HeldCalibration
            {
                Objections = [$"the circuit does not say how many standards it holds: {held.Failure?.Detail ?? held.Text}"],
                IsUnanswered = true,
            };
        }

        IReadOnlyList<string> objections = recipe.Objection(points, toldOf) is { } objection ? [objection] : [];
        if (!circuit.TellsSlope)
        {
            return new HeldCalibration { Objections = objections };
        }

        var told = await link.AskAsync("Slope,?", CommandTime, turn, cancellationToken);
        return told.Text is { } answer && EzoSlope.In(answer) is { } electrode
            ? new HeldCalibration
            {
                Objections = objections,
                SlopePercent = [electrode.AcidPercent, electrode.BasePercent],
                OffsetMillivolts = electrode.Millivolts,
            }
            : new HeldCalibration
            {
                Objections = [.. objections, $"the circuit does not say how good its electrode is: {told.Failure?.Detail ?? told.Text}"],
                IsUnanswered = true,
            };
    }

    /// <inheritdoc/>
    public async ValueTask<DeviceIdentity> IdentifyAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        if (await link.BeginAsync(turn, cancellationToken) is { } failure)
        {
            return new DeviceIdentity(null, null, failure);
        }

        var kind = await link.AskAsync("i", CommandTime, turn, cancellationToken);
        return (kind.Failure ?? circuit.Mistaken(kind.Text!)) is { } mistaken
            ? new DeviceIdentity(null, null, mistaken)
            : new DeviceIdentity(null, kind.Text![(kind.Text!.LastIndexOf(',') + 1)..], null);
    }

    private OutputReading Told(OutputReading output) => output switch
    {
        { Fault: null } when slope is { IsWorn: true } => output with { Fault = SensorFault.DeviceFault, Detail = slope.ToString() },
        { Fault: null } => output with { Detail = status?.ToString() },
        _ => output,
    };

    private async ValueTask<Reading.Failed?> GetToKnowAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        if (await link.BeginAsync(turn, cancellationToken) is { } failure)
        {
            return failure;
        }

        var kind = await link.AskAsync("i", CommandTime, turn, cancellationToken);
        if ((kind.Failure ?? circuit.Mistaken(kind.Text!)) is { } mistaken)
        {
            return mistaken;
        }

        if (circuit.Setting is { } check)
        {
            var setting = await link.AskAsync(check.Command, CommandTime, turn, cancellationToken);
            if ((setting.Failure ?? check.Objection(setting.Text!)) is { } objection)
            {
                return objection;
            }
        }

        var started = await link.AskAsync("Status", CommandTime, turn, cancellationToken);
        status = started.Text is { } said ? EzoStatus.In(said) : null;
        if (IsInTheWay(started.Failure))
        {
            return started.Failure;
        }

        var calibrated = circuit.TellsSlope ? await link.AskAsync("Slope,?", CommandTime, turn, cancellationToken) : default;
        slope = calibrated.Text is { } answer ? EzoSlope.In(answer) : null;
        return IsInTheWay(calibrated.Failure) ? calibrated.Failure : null;
    }

    // Both are good to know, and old firmware that does not know them gives good readings; but an answer that is missing may still
    // come, and be taken for that to the next question.
    private static bool IsInTheWay(Reading.Failed? failure) => failure is not null and not { Fault: SensorFault.Refused };
}
