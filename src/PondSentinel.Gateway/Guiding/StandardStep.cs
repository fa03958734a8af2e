using System.Globalization;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Commands;
using PondSentinel.Measurements;

namespace PondSentinel.Gateway.Guiding;

/// <summary>What somebody wants in a standard.</summary>
internal enum StepEnd
{
    /// <summary>The reading is taken.</summary>
    Taken,

    /// <summary>The standard is left out.</summary>
    Skipped,

    /// <summary>No more.</summary>
    Left,
}

/// <summary>The probe in one standard: what it shows, drawn again and again, until somebody takes it.</summary>
/// <param name="options">What is calibrated.</param>
/// <param name="gateway">Reads the probe.</param>
/// <param name="talk">The person.</param>
/// <param name="words">In which language.</param>
/// <param name="time">For waiting.</param>
internal sealed class StandardStep(GuideOptions options, GuideGateway gateway, GuideTalk talk, GuideWords words, TimeProvider time)
{
    // Of readings every 2 s the last 20 min; the chart has fewer.
    private const int ReadingsMax = 600;

    // Ten times what counts as steady: then steady looks flat.
    private const int LimitsHigh = 10;
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    // Whoever shows nothing for longer may have been taken out meanwhile: it begins anew.
    private static readonly TimeSpan GapMax = TimeSpan.FromSeconds(15);

    private double? asked;

    private CalibratedChannel Channel => options.Channel;

    // What is made of the raw number here: an instrument's own shows the value.
    private CalibrationKind Kind => Channel.Kind ?? CalibrationKind.Line;

    private string Unit => Kind.IsElectrode ? "mV" : Channel.Measurand.Unit;

    /// <summary>Temperature of the standard, °C: what was said at the start, else the probe's, else the person's word, asked for once.
    /// </summary>
    /// <param name="reading">What the probe shows.</param>
    /// <exception cref="OperationCanceledException">The person has gone.</exception>
    public async Task<double> CelsiusAsync(GuideReading reading)
    {
        if ((options.Celsius ?? reading.Celsius ?? asked) is { } known)
        {
            return known;
        }

        var said = await AskCelsiusAsync();
        asked = said;
        return said;
    }

    /// <summary>Goes through a standard.</summary>
    /// <param name="label">What its bottle says.</param>
    /// <param name="number">Which it is.</param>
    /// <param name="labels">All of them.</param>
    /// <param name="cancellationToken">The guide was told to stop.</param>
    public async Task<(StepEnd End, VisitPoint? Point)> RunAsync(double label, int number, IReadOnlyList<double> labels, CancellationToken cancellationToken)
    {
        var name = GuideWords.Standard(Channel.Measurand, label);
        switch (await talk.AskAsync("", words.Put(number, labels.Count, name), words.Ready))
        {
            case "s":
                return (StepEnd.Skipped, null);
            case "q":
                return (StepEnd.Left, null);
        }

        var celsius = await CelsiusAsync(await gateway.ReadAsync(cancellationToken));
        var standard = UsualStandards.At(Channel.Measurand, label, celsius);
        var began = time.GetTimestamp();
        List<(TimeSpan At, double Raw)> readings = [];
        string? note = null;
        while (true)
        {
            var reading = await gateway.ReadAsync(cancellationToken);
            celsius = options.Celsius ?? reading.Celsius ?? celsius;
            standard = UsualStandards.At(Channel.Measurand, label, celsius);
            var since = time.GetElapsedTime(began);
            if (readings.Count > 0 && since - readings[^1].At > GapMax)
            {
                readings.Clear();
            }

            if (reading.Raw is { } shown)
            {
                readings.Add((since, shown));
                readings.RemoveRange(0, Math.Max(0, readings.Count - ReadingsMax));
            }

            var limits = StabilityLimits.Of(Kind, Channel.Measurand, standard);
            var judged = Stability.Of(readings, limits, options.Steady);
            talk.Draw(
                [words.At(name, celsius, GuideWords.Standard(Channel.Measurand, standard))],
                rows => Chart(readings, LimitsHigh * limits.Spread, rows),
                [.. Showing(reading, celsius, since), .. Verdict(standard, labels, reading, judged, limits), .. note is null ? Array.Empty<string>() : [note], words.Keys]);
            await Task.WhenAny(talk.Typed, Task.Delay(Pace, time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            if (!talk.Typed.IsCompleted)
            {
                continue;
            }

            var typed = await talk.TakeAsync();
            if (typed is "s" or "q")
            {
                return (typed == "s" ? StepEnd.Skipped : StepEnd.Left, null);
            }

            var isForced = typed is "!" or "！" or "take";
            if (reading.Raw is { } raw && (isForced || (typed.Length == 0 && judged.IsSteady)))
            {
                var point = new VisitPoint(label, standard, judged.IsSteady ? judged.Mean : raw, celsius, !judged.IsSteady);
                talk.Say(words.Taken(GuideWords.Standard(Channel.Measurand, standard), Text(point.Raw), Unit, point.IsForced));
                return (StepEnd.Taken, point);
            }

            note = typed.Length > 0 && !isForced ? words.NotUnderstood : reading.Raw is null ? words.NoReading : words.TooEarly;
        }
    }

    /// <summary>The chart of readings.</summary>
    /// <param name="readings">What the probe showed.</param>
    /// <param name="spanMin">Least that the height of the chart stands for.</param>
    /// <param name="rows">Its rows.</param>
    public IReadOnlyList<string> Chart(IReadOnlyList<(TimeSpan At, double Raw)> readings, double spanMin, int rows) =>
        SteadyChart.Of([.. readings.Select(each => each.Raw)], spanMin, rows, talk.ColumnsMax, Text);

    /// <summary>What the probe shows now, in lines.</summary>
    /// <param name="reading">What it shows.</param>
    /// <param name="celsius">Temperature, °C.</param>
    /// <param name="since">How long it has been there.</param>
    public IEnumerable<string> Showing(GuideReading reading, double celsius, TimeSpan since) =>
    [
        reading.Raw is { } raw ? words.Shows(Text(raw), Unit, celsius, since) : words.NoValue,
        .. reading.Hint is { } hint ? new[] { hint } : [],
    ];

    // Of what is not there nothing is said.
    private IEnumerable<string> Verdict(double standard, IReadOnlyList<double> labels, GuideReading reading, Stability judged, StabilityLimits limits)
    {
        if (reading.Raw is not null)
        {
            yield return judged.IsSteady ? words.Steady : words.Unsteady(judged, limits, Unit, options.Steady);
        }

        if (reading.Shown is { } shown && UsualStandards.MistakenFor(shown, standard, labels) is { } other)
        {
            yield return words.Mistaken(
                GuideWords.Standard(Channel.Measurand, Math.Round(shown, 2)), GuideWords.Standard(Channel.Measurand, standard), GuideWords.Standard(Channel.Measurand, other));
        }
    }

    private async Task<double> AskCelsiusAsync()
    {
        while (true)
        {
            var typed = await talk.AskAsync(words.Temperature);
            var celsius = typed.Length == 0 ? 25 : CalibrationReadings.Number(typed);
            if (celsius is >= CalibrationReadings.CelsiusMin and <= CalibrationReadings.CelsiusMax)
            {
                return celsius.Value;
            }

            talk.Say(words.NoTemperature(CalibrationReadings.CelsiusMin, CalibrationReadings.CelsiusMax));
        }
    }

    private static string Text(double value) => value.ToString(Math.Abs(value) < 1000 ? "0.00" : "0", CultureInfo.InvariantCulture);
}
