using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Recalculation;
using PondSentinel.Backend.Retention;
using PondSentinel.Backend.Storage;
using PondSentinel.Calibration;
using PondSentinel.Measurements;
using PondSentinel.Terminal;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend recompute</c>: computes the history of a channel anew from its raw numbers.</summary>
internal static class RecomputeCommand
{
    private const string Description =
        """
        Compute the history of a channel anew from its raw numbers, by another calibration than it was measured with. The
        result goes into the fields adj and adj_cal; value, raw and all else stay as they are. Values of before an adj are
        replaced by the newer one; the same run twice changes nothing. The backend may run meanwhile.

        --correct PCT adds what fouling and drift came to (USGS TM1-D3): nothing at --from, PCT % of the value at --to, which is
        the visit that found it; without --to the first calibration after --from but that of --calibration. It says how USGS
        rates that record. --fouling and --drift take what was read at that visit instead, and find PCT by themselves.
        Exit 0: points were computed; 1: none was, or the store does not answer; 2: what was asked for makes no sense.

        Examples:
          pond-backend recompute gz-07 pond1.turbidity --calibration c20261126-213000 --from 2026-11-01 --dry-run
          pond-backend recompute gz-07 pond1.ph --calibration c20261126-213000 --from 2026-11-01 --temperature pond1.temperature
          pond-backend recompute gz-07 pond1.nh4n --calibration c17 --from 2026-11-01 --to 2026-11-15 --correct -8.5
          pond-backend recompute gz-07 pond1.turbidity --calibration c17 --from 2026-11-01 --fouling 48,41 --drift 100=104
        """;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    /// <param name="time">Clock for the end of the time where nobody says.</param>
    public static Command Create(Option<string?> config, TimeProvider time)
    {
        var gateway = new Argument<string>("gateway") { Description = "The gateway.", HelpName = "GATEWAY" };
        var channel = new Argument<string>("channel") { Description = "The channel, as device.channel.", HelpName = "CHANNEL" };
        var calibration = new Option<string>("--calibration") { Description = "Name of the calibration.", HelpName = "ID", Required = true };
        var from = Time("--from", "From this time on, for example 2026-11-01 or 2026-11-01T06:30:00Z; UTC.");
        from.Required = true;
        var to = Time("--to", "Before this time; else now, with --correct the next calibration.");
        var temperature = new Option<string?>("--temperature") { Description = "For electrodes: the channel that measures the water's temperature.", HelpName = "CHANNEL" };
        var celsius = new Option<double?>("--celsius") { Description = "For electrodes: the water's temperature, where nobody measured it.", HelpName = "C" };
        var correct = new Option<double?>("--correct") { Description = "What to add for fouling and drift at the end of the time, % of the value.", HelpName = "PCT" };
        var fouling = Readings("--fouling", "BEFORE,AFTER", "The probe in the water before and after cleaning; of a clean meter beside it likewise: 48,41,40,39.", FoulingIn);
        var drift = Readings("--drift", "STD=SHOWN", "A standard, and what the cleaned probe showed in it before it was calibrated.", DriftIn);
        var isDry = new Option<bool>("--dry-run") { Description = "Say what would change, and write nothing." };
        var json = new Option<bool>("--json") { Description = "As one JSON object." };
        var folder = CommandSettings.FolderOption();
        var command = new Command("recompute", Description)
        {
            gateway, channel, calibration, from, to, temperature, celsius, correct, fouling, drift, isDry, json, config, folder,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            if (CommandSettings.Read(result, config, folder) is not { } configuration)
            {
                return CheckCommand.Bad;
            }

            var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
            var order = new RecomputeOrder(
                result.GetRequiredValue(gateway), result.GetRequiredValue(channel), result.GetRequiredValue(calibration),
                result.GetRequiredValue(from)!.Value, result.GetValue(to) ?? time.GetUtcNow())
            {
                IsEndGiven = result.GetValue(to) is not null,
                TemperatureFrom = result.GetValue(temperature),
                Celsius = result.GetValue(celsius),
                CorrectPercent = result.GetValue(correct),
                Found = Found(result.GetValue(fouling), result.GetValue(drift)),
                IsDry = result.GetValue(isDry),
            };
            return await RunAsync(order, configuration, settings => BackendHost.OpenStore(settings, time, NullLoggerFactory.Instance), time, result.GetValue(json), output, error, cancellationToken);
        });
        return command;
    }

    /// <summary>Does what is ordered.</summary>
    /// <param name="order">The order.</param>
    /// <param name="configuration">The settings.</param>
    /// <param name="open">Opens the store.</param>
    /// <param name="time">The clock.</param>
    /// <param name="json">Whether to write JSON.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="error">Where all else goes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The exit code.</returns>
    internal static async Task<int> RunAsync(
        RecomputeOrder order,
        BackendConfiguration configuration,
        Func<BackendConfiguration, IHistoryStore> open,
        TimeProvider time,
        bool json,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellationToken)
    {
        if (CommandSettings.StateIn(configuration.Folder, error) is not { } state)
        {
            return CheckCommand.Bad;
        }

        try
        {
            var (plan, misuse) = PlanOf(order, state);
            if (plan is null)
            {
                error.WritePlain(misuse!);
                return CheckCommand.Bad;
            }

            order = order with { To = plan.To, CorrectPercent = plan.Correction?.PercentAtEnd };

            await using var store = open(configuration);
            var celsiusAt = await TemperatureAsync(order, plan, store, cancellationToken);
            if (!order.IsDry)
            {
                // Before it begins: what breaks off half-way has changed something too.
                Audit(order, state, time);
            }

            var run = new RecomputeRun(
                store, new Recalculation.Recalculation(plan.Record, plan.Correction, celsiusAt), plan.Record.Id,
                (series, points) => MarkMeans(configuration, state, time, series, points));
            foreach (var series in plan.Series)
            {
                await run.RunAsync(series, Ns(order.From), Ns(order.To), order.IsDry, cancellationToken);
            }

            Tell(order, plan.Record.Measurand, run.Tally, json, output);
            return run.Tally[Outcome.Computed] > 0 ? 0 : 1;
        }
        catch (Exception e) when (e is IOException or StoreUnavailableException or SqliteException or UnauthorizedAccessException)
        {
            error.WritePlain(CommandSettings.Told(e));
            return 1;
        }
    }

    private static (RecomputePlan? Plan, string? Misuse) PlanOf(RecomputeOrder order, string state)
    {
        if (order.From >= order.To)
        {
            return (null, "the time ends before it begins: --from is not before --to");
        }

        if (order is { Found: not null, CorrectPercent: not null })
        {
            return (null, "--correct says what --fouling and --drift come to; give the one or the others");
        }

        order = order with { CorrectPercent = order.CorrectPercent ?? order.Found?.CorrectionPercent };
        if (order.CorrectPercent is { } percent && (!double.IsFinite(percent) || percent <= -100))
        {
            return (null, order.Found is null ? "--correct must be a number above -100" : "--fouling and --drift come to no correction: a reading is 0, or they take away all there is");
        }

        using var connection = new StateDatabase(state).Connect();
        using var transaction = connection.BeginTransaction(deferred: true);
        var table = new CalibrationTable(transaction);
        if (!table.IsThere || table.Find(order.Gateway, order.Calibration) is not { } record)
        {
            return (null, $"the backend knows no calibration {order.Calibration} of {order.Gateway}; the gateway tells it when it has sent it (pond-gateway calibration list)");
        }

        if (order.Channel != $"{record.Device}.{record.Channel}")
        {
            return (null, $"{record.Id} is a calibration of {record.Device}.{record.Channel}");
        }

        if (!record.IsAccepted)
        {
            return (null, $"{record.Id} was refused: {string.Join("; ", record.Reasons)}");
        }

        if (record.Kind == CalibrationKind.Instrument && order.CorrectPercent is null)
        {
            return (null, $"{record.Id} is held by its instrument: there is no raw number to compute from; --correct PCT is all that can be done");
        }

        // What was found at a visit says nothing of the time after it.
        if (order is { CorrectPercent: not null, IsEndGiven: false })
        {
            if (table.NextAfter(order.Gateway, record.Device, record.Channel, order.From.ToUnixTimeMilliseconds(), record.Id) is not { } visit)
            {
                return (null, FormattableString.Invariant(
                    $"{order.Channel} has no calibration after --from but {record.Id}: say when the visit was that found {order.CorrectPercent:0.##} %, --to TIME"));
            }

            order = order with { To = DateTimeOffset.FromUnixTimeMilliseconds(visit.TimeMs) };
        }

        IReadOnlyList<SeriesKey> temperature = [];
        if (record.Kind.IsElectrode)
        {
            if ((order.TemperatureFrom is null) == (order.Celsius is null))
            {
                return (null, $"{order.Channel} is an electrode: say how warm the water was, --temperature DEVICE.CHANNEL or --celsius C, one of them");
            }

            if (order.TemperatureFrom is { } from)
            {
                temperature = [.. Parts(from) is var (device, channel)
                    ? table.SeriesOf(order.Gateway, device, channel).Where(series => series.Measurand == Measurand.WaterTemperature)
                    : []];
                if (temperature.Count == 0)
                {
                    return (null, $"{order.Gateway} has sent no temperature of water as {from}");
                }
            }
        }

        var all = table.SeriesOf(order.Gateway, record.Device, record.Channel).Where(series => series.Measurand == record.Measurand).ToList();
        return all.Count == 0
            ? (null, $"{order.Gateway} has sent nothing of {order.Channel}")
            : (new RecomputePlan(
                record, all, temperature,
                order.CorrectPercent is { } correction
                    ? new Correction(order.From.ToUnixTimeMilliseconds(), order.To.ToUnixTimeMilliseconds(), correction)
                    : null,
                order.To), null);
    }

    private static void Audit(RecomputeOrder order, string state, TimeProvider time)
    {
        using var connection = new StateDatabase(state, time).Connect();
        using var transaction = connection.BeginTransaction();
        CommandAudit.Of(
            AuditAct.Recomputed,
            $"{order.Gateway} {order.Channel} by {order.Calibration}, {IsoTime.Text(order.From.ToUnixTimeMilliseconds())} to {IsoTime.Text(order.To.ToUnixTimeMilliseconds())}",
            said: null, time)(transaction);
        transaction.Commit();
    }

    // A running backend makes them anew within ten minutes, one that stands still when it runs. One that was never run by a version which
    // makes means makes them when the records go.
    private static void MarkMeans(
        BackendConfiguration configuration, string state, TimeProvider time, SeriesKey series, IReadOnlyList<AdjustedPoint> points)
    {
        using var connection = new StateDatabase(state, time).Connect();
        using var transaction = connection.BeginTransaction();
        if (new RetentionTables(transaction).AreThere)
        {
            new MeanMarks(new DayGrid((long)configuration.Completeness.UtcOffset.TotalMilliseconds)).Mark(transaction, series, points.Select(point => point.TimeNs));
        }

        transaction.Commit();
    }

    private static async Task<Func<long, double?>> TemperatureAsync(
        RecomputeOrder order, RecomputePlan plan, IHistoryStore store, CancellationToken cancellationToken)
    {
        if (order.Celsius is { } fixedCelsius)
        {
            return _ => fixedCelsius;
        }

        List<(long TimeNs, double Celsius)> known = [];
        foreach (var series in plan.Temperature)
        {
            // An hour before the first point may still hold for it.
            var from = Ns(order.From.AddHours(-1));
            for (IReadOnlyList<HistoryPoint> points = []; from < Ns(order.To); from = points[^1].TimeNs + 1)
            {
                points = await store.ReadAsync(series, from, Ns(order.To), cancellationToken);
                known.AddRange(points.Where(point => point.Sound is not null).Select(point => (point.TimeNs, point.Sound!.Value)));
                if (points.Count < IHistoryStore.PointsMax)
                {
                    break;
                }
            }
        }

        return new TemperatureHistory([.. known.OrderBy(point => point.TimeNs)]).At;
    }

    private static void Tell(RecomputeOrder order, Measurand measurand, RecomputeTally tally, bool json, TextWriter output)
    {
        var rating = Rating(order, measurand, tally);
        if (json)
        {
            output.WritePlain(string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"points":{{tally.Points}},"computed":{{tally[Outcome.Computed]}},"missing":{{tally[Outcome.Missing]}},"without_raw":{{tally[Outcome.WithoutRaw]}},"without_temperature":{{tally[Outcome.WithoutTemperature]}},"out_of_bounds":{{tally[Outcome.OutOfBounds]}},"mean_change":{{tally.MeanChange:R}},"largest_change":{{tally.LargestChange:R}},"rating":{{(rating is null ? "null" : $"\"{rating}\"")}},"written":{{(order.IsDry ? "false" : "true")}}}"""));
            return;
        }

        output.WritePlain(string.Create(
            CultureInfo.InvariantCulture,
            $"{order.Gateway} {order.Channel} by {order.Calibration}: {tally.Points} points, {tally[Outcome.Computed]} computed{(order.IsDry ? ", nothing written" : "")}"));
        foreach (var (outcome, what) in new[]
        {
            (Outcome.Missing, "without a value"), (Outcome.WithoutRaw, "without a raw number"),
            (Outcome.WithoutTemperature, "without a temperature within the hour before"), (Outcome.OutOfBounds, "beyond all numbers"),
        })
        {
            if (tally[outcome] > 0)
            {
                output.WritePlain(string.Create(CultureInfo.InvariantCulture, $"  {tally[outcome]} left as they are: {what}"));
            }
        }

        if (order.CorrectPercent is { } percent)
        {
            output.WritePlain(string.Create(
                CultureInfo.InvariantCulture, $"  corrected by nothing at {IsoTime.Text(order.From.ToUnixTimeMilliseconds())} up to {percent:+0.##;-0.##;0} % at {IsoTime.Text(order.To.ToUnixTimeMilliseconds())}"));
        }

        if (tally[Outcome.Computed] > 0)
        {
            output.WritePlain(string.Create(
                CultureInfo.InvariantCulture, $"  changed by {tally.MeanChange:+0.####;-0.####;0} in the mean, {tally.LargestChange:0.####} at the most"));
        }

        if (rating is not null)
        {
            output.WritePlain($"  a record off by so much is rated {rating} by USGS TM1-D3, the criteria from memory of it");
        }
        else if (order.CorrectPercent is not null && tally is { NewestValue: null } && tally[Outcome.Computed] > 0)
        {
            output.WritePlain("  not rated: no sound value of the water in that time, all failed or were taken in maintenance or in a standard");
        }
    }

    // By the last value before the visit, which is what was read there.
    private static string? Rating(RecomputeOrder order, Measurand measurand, RecomputeTally tally)
    {
        if (order.CorrectPercent is not { } percent || tally.NewestValue is not { } reading || CorrectionCriteria.Of(measurand)?.Ratings is not { } ratings)
        {
            return null;
        }

        // Fouling and drift that undo each other are no better a record.
        var (foulingPercent, driftPercent) = order.Found is { } found ? (found.FoulingPercent, found.DriftPercent) : (0, percent);
        var rating = ratings.Rate(
            new FoulingAndDrift(foulingPercent, driftPercent, foulingPercent / 100 * reading, driftPercent / 100 * reading), reading);
        return rating == RecordRating.NotPublished ? "not published" : rating.ToString().ToLowerInvariant();
    }

    private static Option<double[]?> Readings(string name, string form, string description, Func<string, double[]?> read) => new(name)
    {
        Description = description,
        HelpName = form,
        CustomParser = argument =>
        {
            var text = argument.Tokens[0].Value;
            if (read(text) is { } numbers)
            {
                return numbers;
            }

            argument.AddError($"{name} {text} is not {form}; pond-backend recompute --help has an example");
            return null;
        },
    };

    private static double[]? FoulingIn(string text) => Numbers(text, ',') is { Length: 2 or 4 } numbers ? numbers : null;

    private static double[]? DriftIn(string text) => Numbers(text, '=') is { Length: 2 } numbers ? numbers : null;

    private static double[]? Numbers(string text, char between)
    {
        List<double> numbers = [];
        foreach (var part in text.Split(between))
        {
            if (!double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number))
            {
                return null;
            }

            numbers.Add(number);
        }

        return [.. numbers];
    }

    // What was not read is as it should be. An option of several numbers that nobody gave is an empty one.
    private static FoulingAndDrift? Found(double[]? fouling, double[]? drift)
    {
        var (before, after, start, end) = fouling switch
        {
            [var b, var a, var s, var e] => (b, a, s, e),
            [var b, var a] => (b, a, 0, 0),
            _ => (1, 1, 0, 0),
        };
        var (standard, shown) = drift is [var of, var read] ? (of, read) : (1, 1);
        return fouling is { Length: > 0 } || drift is { Length: > 0 } ? FoulingAndDrift.Of(before, after, start, end, standard, shown) : null;
    }

    private static Option<DateTimeOffset?> Time(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = ParseTime,
    };

    private static DateTimeOffset? ParseTime(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        string[] forms = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm'Z'", "yyyy-MM-dd'T'HH:mm:ss'Z'"];
        if (DateTimeOffset.TryParseExact(
                text, forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            && time.Year is > 1677 and < 2262)
        {
            return time;
        }

        argument.AddError($"{text} is no time; write 2026-11-01 or 2026-11-01T06:30:00Z");
        return null;
    }

    private static (string Device, string Channel)? Parts(string name) => name.Split('.') is [var device, var channel] ? (device, channel) : null;

    private static long Ns(DateTimeOffset time) => time.ToUnixTimeMilliseconds() * 1_000_000;
}

/// <summary>What is to be computed anew.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="Channel">The channel, as <c>device.channel</c>.</param>
/// <param name="Calibration">Name of the calibration.</param>
/// <param name="From">From this time on.</param>
/// <param name="To">Before this time.</param>
internal sealed record RecomputeOrder(string Gateway, string Channel, string Calibration, DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>The channel that measures the water's temperature; null where none is named.</summary>
    public string? TemperatureFrom { get; init; }

    /// <summary>The water's temperature, °C; null where none is given.</summary>
    public double? Celsius { get; init; }

    /// <summary>What to add for fouling and drift at the end, % of the value; null for nothing.</summary>
    public double? CorrectPercent { get; init; }

    /// <summary>What was read at the visit, instead of <see cref="CorrectPercent"/>; null where nobody says.</summary>
    public FoulingAndDrift? Found { get; init; }

    /// <summary>Whether somebody said that <see cref="To"/> is the end.</summary>
    public bool IsEndGiven { get; init; } = true;

    /// <summary>Whether nothing is written.</summary>
    public bool IsDry { get; init; }
}

/// <summary>What an order comes to.</summary>
/// <param name="Record">The calibration.</param>
/// <param name="Series">The series of the channel.</param>
/// <param name="Temperature">The series of the temperature.</param>
/// <param name="Correction">What is to be added; null for nothing.</param>
/// <param name="To">Before this time.</param>
internal sealed record RecomputePlan(
    CalibrationRecord Record, IReadOnlyList<SeriesKey> Series, IReadOnlyList<SeriesKey> Temperature, Correction? Correction, DateTimeOffset To);
