using PondSentinel.Calibration;
using PondSentinel.Gateway.Commands;
using PondSentinel.Gateway.Control;

namespace PondSentinel.Gateway.Guiding;

/// <summary>Guides somebody through the recipe of an instrument that holds its calibration: the gateway waits, tells it and makes the
/// record, as for <c>calibration run</c>.</summary>
/// <param name="options">What is calibrated.</param>
/// <param name="gateway">The gateway.</param>
/// <param name="talk">The person.</param>
/// <param name="words">In which language.</param>
/// <param name="step">Knows temperature and chart.</param>
/// <param name="time">For waiting.</param>
internal sealed class RecipeGuide(
    GuideOptions options, GuideGateway gateway, GuideTalk talk, GuideWords words, StandardStep step, TimeProvider time)
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    /// <summary>Guides; goes on where a broken link has left it.</summary>
    /// <param name="recipe">The standards.</param>
    /// <param name="end">Asks where the probe is, and ends.</param>
    /// <param name="cancellationToken">Tells it to stop; what the instrument is being told goes on.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(IReadOnlyList<RecipeStandard> recipe, Func<Task> end, CancellationToken cancellationToken)
    {
        var run = await gateway.StateAsync(cancellationToken);
        for (var next = After(run, recipe); next < recipe.Count && run?.Record is null;)
        {
            var standard = recipe[next];
            var answer = await talk.AskAsync("", words.Put(next + 1, recipe.Count, standard.Name), standard.IsOptional ? words.Ready : words.ReadyOrLeave);
            if (answer == "q")
            {
                return await LeaveAsync(run, end, cancellationToken);
            }

            if (answer == "s")
            {
                next += standard.IsOptional ? 1 : 0;
                talk.Say(standard.IsOptional ? "" : words.NotOptional);
                continue;
            }

            try
            {
                run = await TakeAsync(standard, cancellationToken);
                next = After(run, recipe);
                talk.Say(words.Told(standard.Name));
            }
            catch (ControlRefusedException e)
            {
                // The same standard again, where the gateway does not say that it is behind it, or has forgotten those before. Whether
                // the instrument was told anything is for the gateway to say too.
                talk.Say(words.Reason(e.Message));
                var before = run;
                run = await gateway.StateAsync(cancellationToken);
                next = run is null && before is not null ? 0 : Math.Max(next, After(run, recipe));
            }
        }

        if (run is null)
        {
            return await LeaveAsync(run, end, cancellationToken);
        }

        var record = run.Record ?? (await gateway.CloseAsync("end", cancellationToken)).Record;
        return await EndAsync(record, end, cancellationToken);
    }

    private static int After(GuideRun? run, IReadOnlyList<RecipeStandard> recipe) =>
        run is { Taken: [.., var last] } ? recipe.ToList().FindIndex(standard => standard.Name == last) + 1 : 0;

    private async Task<int> EndAsync(CalibrationRecord? record, Func<Task> end, CancellationToken cancellationToken)
    {
        if (record is not null)
        {
            talk.Say("");
            CalibrationGuide.Tell(record, talk, words);
            talk.Say(words.Recorded(record));
        }

        await end();
        return record is { IsAccepted: true } ? ExitCode.Good : ExitCode.Wrong;
    }

    private async Task<int> LeaveAsync(GuideRun? run, Func<Task> end, CancellationToken cancellationToken)
    {
        if (run is not null)
        {
            return await EndAsync((await gateway.CloseAsync("abandon", cancellationToken)).Record, end, cancellationToken);
        }

        talk.Say(words.NothingChanged);
        await end();
        return ExitCode.Wrong;
    }

    private async Task<GuideRun> TakeAsync(RecipeStandard standard, CancellationToken cancellationToken)
    {
        var reading = await gateway.ReadAsync(cancellationToken);
        var celsius = await step.CelsiusAsync(reading);
        var value = standard.MayDiffer ? UsualStandards.At(options.Channel.Measurand, standard.Value, celsius) : standard.Value;
        var taking = gateway.TakeAsync(value, celsius, options.Lot, cancellationToken);
        var began = time.GetTimestamp();
        List<(TimeSpan At, double Raw)> readings = [];
        var limits = StabilityLimits.Of(CalibrationKind.Instrument, options.Channel.Measurand, value);
        while (!taking.IsCompleted)
        {
            if (reading.Raw is { } raw)
            {
                readings.Add((time.GetElapsedTime(began), raw));
            }

            var since = time.GetElapsedTime(began);
            talk.Draw(
                [words.Telling(standard.Name, standard.Soak)], rows => step.Chart(readings, 10 * limits.Spread, rows), step.Showing(reading, celsius, since));
            await Task.WhenAny(taking, Task.Delay(Pace, time, cancellationToken));

            // What is typed meanwhile answers nothing that is asked later.
            while (talk.Typed.IsCompleted)
            {
                await talk.TakeAsync();
            }

            if (!taking.IsCompleted)
            {
                reading = await LookAsync(cancellationToken);
            }
        }

        return await taking;
    }

    // The instrument is being told: whatever becomes of the picture, that is awaited.
    private async Task<GuideReading> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await gateway.ReadAsync(cancellationToken);
        }
        catch (ControlRefusedException e)
        {
            return new GuideReading(Raw: null, Shown: null, Celsius: null, Hint: words.Reason(e.Message));
        }
    }
}
