using System.Globalization;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Commands;
using PondSentinel.Gateway.Control;
using PondSentinel.Measurements;

namespace PondSentinel.Gateway.Guiding;

/// <summary>Guides somebody who holds a probe through its calibration.</summary>
/// <remarks>All that is to last is kept by the gateway: where this ends, however it ends, the gateway's state is whole.</remarks>
/// <param name="options">What is calibrated, and how.</param>
/// <param name="gateway">The gateway.</param>
/// <param name="talk">The person.</param>
/// <param name="words">In which language.</param>
/// <param name="time">For waiting.</param>
internal sealed class CalibrationGuide(GuideOptions options, GuideGateway gateway, GuideTalk talk, GuideWords words, TimeProvider time)
{
    private readonly StandardStep step = new(options, gateway, talk, words, time);

    private CalibratedChannel Channel => options.Channel;

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Guides.</summary>
    /// <param name="cancellationToken">Tells it to stop.</param>
    /// <returns>The exit code: 0 accepted, 1 refused or left, 2 misuse.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var look = await gateway.LookAsync(cancellationToken);
            var isTold = look.Recipe.Count > 0 && !options.IsDry;
            if (isTold && (options.Standards is not null || options.Points is not null))
            {
                talk.Say(words.RecipeNames(look.Recipe.Select(standard => standard.Name)));
                return ExitCode.Misuse;
            }

            IReadOnlyList<double> labels = options.Standards
                ?? (look.Recipe.Count > 0 ? [.. look.Recipe.Select(standard => standard.Value).Take(CalibrationFit.StandardsMax)] : Offered(Channel.Measurand, options.Points));
            Introduce(look, labels, isTold);
            if (await ResumeAsync(look, labels) is not { } points)
            {
                talk.Say(words.NothingChanged);
                return ExitCode.Wrong;
            }

            await gateway.BeginAsync(points, cancellationToken);
            return isTold
                ? await new RecipeGuide(options, gateway, talk, words, step, time).RunAsync(look.Recipe, EndAsync, cancellationToken)
                : await GoThroughAsync(labels, [.. points], look.Recipe.Count > 0, cancellationToken);
        }
        catch (ControlRefusedException e)
        {
            talk.Say(words.Reason(e.Message));
            return ExitCode.Wrong;
        }
        catch (OperationCanceledException)
        {
            talk.Say(words.BrokenOff);
            return ExitCode.Wrong;
        }
    }

    /// <summary>The standards that are offered where nobody names any.</summary>
    /// <param name="measurand">What is measured.</param>
    /// <param name="points">How many; null for two of pH, and for all of anything else.</param>
    public static IReadOnlyList<double> Offered(Measurand measurand, int? points) =>
        [.. UsualStandards.Of(measurand).Take(points ?? (measurand == Measurand.Ph ? 2 : CalibrationFit.StandardsMax))];

    private void Introduce(GuideLook look, IReadOnlyList<double> labels, bool isTold)
    {
        talk.Say(words.Title(Channel.Name, Channel.Measurand));
        talk.Say($"  {(look.Newest is { } newest ? words.Last(newest, NowMs) : words.Never)}");
        if (look.IsDoubted)
        {
            talk.Say($"  {words.Doubted}");
        }

        talk.Say($"  {words.Standards(isTold ? look.Recipe.Select(standard => standard.Name) : labels.Select(label => GuideWords.Standard(Channel.Measurand, label)))}");
        talk.Say($"  {words.ByTemperature(Channel.Measurand)}");
        talk.Say(options.IsDry ? words.Dry : words.Marked);
    }

    // What was taken before a link broke: null to leave, nothing to begin anew.
    private async Task<IReadOnlyList<VisitPoint>?> ResumeAsync(GuideLook look, IReadOnlyList<double> labels)
    {
        if (look.Before is not var (who, ago, taken) || taken.Where(point => labels.Contains(point.Label)).ToList() is not { Count: > 0 } points)
        {
            return [];
        }

        talk.Say(words.TakenBefore(who, ago, points.Select(point => GuideWords.Standard(Channel.Measurand, point.Label))));
        return await talk.ChooseAsync(words.GoOn, words.NotUnderstood, "", "n", "q") switch
        {
            "q" => null,
            "n" => [],
            _ => points,
        };
    }

    private async Task<int> GoThroughAsync(IReadOnlyList<double> labels, List<VisitPoint> points, bool isHeld, CancellationToken cancellationToken)
    {
        for (var i = 0; i < labels.Count; i++)
        {
            if (points.Any(point => point.Label == labels[i]))
            {
                continue;
            }

            var (end, taken) = await step.RunAsync(labels[i], i + 1, labels, cancellationToken);
            if (end == StepEnd.Left)
            {
                return await LeaveAsync();
            }

            if (taken is not null)
            {
                points.Add(taken);
                await gateway.KeepAsync(points, cancellationToken);
            }
        }

        return points.Count == 0 ? await LeaveAsync() : await JudgeAsync(Draft(points, isHeld), cancellationToken);
    }

    private async Task<int> JudgeAsync(CalibrationDraft draft, CancellationToken cancellationToken)
    {
        var record = await gateway.JudgeAsync(draft, cancellationToken);
        talk.Say("");
        Tell(record, talk, words);
        if (options.IsDry)
        {
            talk.Say(words.WasDry);
        }
        else if (await talk.ChooseAsync(words.KeepIt, words.NotUnderstood, "", "q") == "q")
        {
            return await LeaveAsync();
        }
        else
        {
            // Whoever is told to stop now still has to know whether it was recorded.
            record = await gateway.AddAsync(draft, CancellationToken.None);
            talk.Say(words.Recorded(record));
        }

        await EndAsync();
        return record.IsAccepted ? ExitCode.Good : ExitCode.Wrong;
    }

    /// <summary>Tells what became of a calibration.</summary>
    /// <param name="record">The record.</param>
    /// <param name="talk">The person.</param>
    /// <param name="words">In which language.</param>
    internal static void Tell(CalibrationRecord record, GuideTalk talk, GuideWords words)
    {
        talk.Say(words.Verdict(record));
        foreach (var reason in record.Reasons)
        {
            talk.Say($"  {words.Reason(reason)}");
        }

        var limits = CalibrationLimits.Of(record.Kind, record.Measurand);
        if (record.SlopePercent.Count > 0)
        {
            talk.Say($"  {words.SlopeIs(record, limits)}");
        }

        if (record.Offset is { } offset)
        {
            talk.Say($"  {words.OffsetIs(offset, limits.OffsetMax)}");
        }

        talk.Say($"  {words.CelsiusIs(record.Celsius)}");
    }

    private CalibrationDraft Draft(IReadOnlyList<VisitPoint> points, bool isHeld)
    {
        var forced = points.Where(point => point.IsForced).Select(point => point.Label.ToString(CultureInfo.InvariantCulture)).ToList();
        return new CalibrationDraft
        {
            By = options.Who,
            TimeMs = NowMs,
            Celsius = Math.Round(points.Average(point => point.Celsius), 1),
            AsLeft =
            [
                .. points.Select(point => new StandardReading(point.Standard, point.Raw)
                {
                    Name = point.Standard == point.Label ? null : string.Create(CultureInfo.InvariantCulture, $"{point.Label} at {point.Celsius:0.0} °C"),
                    Lot = options.Lot,
                }),
            ],
            IsHeldByInstrument = isHeld,
            Note = forced.Count == 0 ? null : $"taken before it was steady: {string.Join(", ", forced)}",
        };
    }

    private async Task<int> LeaveAsync()
    {
        talk.Say(words.NothingChanged);
        await EndAsync();
        return ExitCode.Wrong;
    }

    // What was decided stays so, also where the person has gone before this is answered, or the visit is over.
    private async Task EndAsync()
    {
        bool isInWater;
        try
        {
            isInWater = await talk.ChooseAsync(words.InWater, words.NotUnderstood, "y", "n") == "y";
        }
        catch (OperationCanceledException)
        {
            isInWater = false;
        }

        try
        {
            var left = await gateway.EndAsync(isInWater, CancellationToken.None);
            talk.Say(left > TimeSpan.Zero ? words.StayMarked(left) : words.Measures);
        }
        catch (Exception e) when (e is ControlRefusedException or OperationCanceledException)
        {
            talk.Say(words.StayMarkedSomeTime);
        }
    }
}
