using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using PondSentinel.Air;
using PondSentinel.Averages;
using PondSentinel.Backend.Averages;
using PondSentinel.Backend.Commands.Average;
using PondSentinel.Measurements;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend average</c>: the means that standards ask for, of a recorded series.</summary>
internal static class AverageCommand
{
    private const double OffsetHoursMax = 14;

    private static readonly Dictionary<string, RowStamp> Stamps = new(StringComparer.Ordinal)
    {
        ["start"] = RowStamp.Start, ["end"] = RowStamp.End, ["instant"] = RowStamp.Instant,
    };

    private static readonly TimeSpan IntervalMax = TimeSpan.FromHours(1);
    private static readonly TimeSpan PeriodMin = TimeSpan.FromMinutes(1);

    private const string Description =
        """
        Average a recorded series as a standard asks for. Too few hours are "no data": neither above a limit nor below it.

        FILE.csv has the columns time and value, or time and several: ISO 8601 (UTC where it does not say) or seconds since 1970; an
        empty value or NaN is missing. Rows may stand in any order; of several of one time the last holds. A row speaks for the
        interval that begins at its time (--stamp end: that ends there). An hour is valid where 45 minutes of it are spoken for.
        --stamp instant is for what a gateway measured: a row speaks for the time since the one before it, at most for twice what is
        usual around it, and all comes to what a running backend makes of it.

          pm10-24h-gb     days, 20 of 24 hours (GB 3095-2012), rounded by GB/T 8170
          pm10-24h-us     days, 18 of 24 hours (40 CFR 50), rounded half up to the next 10
          pm10-rolling24  the last 24 hours at each hour, 18 of them
          nowcast         US EPA's NowCast at each hour, and its AQI
          aqi-us          US AQI of days, by the table of 2018 and that of 2024
          iaqi-cn         China's IAQI of days (HJ 633-2012; --breakpoints for another table)
          mean-1h         hours
          ph-mean         pH both ways: arithmetic (HJ 212-2017) and of hydrogen ions; median, lowest, highest; of all there is, or
                          with --period of each, three quarters of its hours
          ammonia-30d     30 days at the end of each, against the chronic criterion of EPA 822-R-13-001; needs the columns
                          total_ammonia_n_mg_l, ph and water_temperature_c; the highest 4 days of them too

        A running backend keeps these of what it stores: [[average]] in its configuration.

        Days are those of UTC; --utc-offset-h 8 makes them China's, and so on. Exit 0: averaged; 2: the file cannot be used.

        Examples:
          pond-backend average pm10.csv --kind pm10-24h-gb --utc-offset-h 8
          pond-backend average pm10.csv --kind nowcast --json
          pond-backend average ph.csv --kind ph-mean --period 24h
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The series, CSV with the columns time and value.", HelpName = "FILE.csv" };
        var kind = new Option<string>("--kind") { Description = "Which mean.", HelpName = "KIND", Required = true };
        kind.AcceptOnlyFromAmong([.. AverageKind.Words]);
        var offset = new Option<double>("--utc-offset-h") { Description = "What the time that days go by is ahead of UTC, h. Default 0.", HelpName = "HOURS" };
        offset.Validators.Add(result =>
        {
            if (!(Math.Abs(result.GetValueOrDefault<double>()) <= OffsetHoursMax))
            {
                result.AddError($"--utc-offset-h must be from -{OffsetHoursMax} to {OffsetHoursMax}");
            }
        });
        var stamp = new Option<string>("--stamp") { Description = "Whether a row's time begins or ends what it speaks for, or is when it was measured. Default start.", HelpName = "start|end|instant" };
        stamp.AcceptOnlyFromAmong([.. Stamps.Keys]);
        var interval = Duration("--interval", "Time between rows. Default: their median, at most 1h.", TimeSpan.FromMilliseconds(1), IntervalMax);
        var needed = new Option<int?>("--needed") { Description = "Least number of valid hours. Default: the kind's own.", HelpName = "HOURS" };
        needed.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1 or > WindowRule.HoursMax)
            {
                result.AddError($"--needed must be from 1 to {WindowRule.HoursMax}");
            }
        });
        var period = Duration("--period", "For ph-mean: of each period by the clock. Default: of all.", PeriodMin, TimeSpan.FromDays(366));
        var breakpoints = new Option<IndexScale?>("--breakpoints")
        {
            Description = "For iaqi-cn: its table, µg/m³ and index.",
            HelpName = "0:0,50:50,…",
            CustomParser = Scale,
        };
        var json = RulesCommand.Json();
        var command = new Command("average", Description) { file, kind, offset, stamp, interval, needed, period, breakpoints, json };
        command.SetAction(result =>
        {
            var path = result.GetRequiredValue(file);
            if (RecordedColumns.Read(path, out var fault) is not { } series)
            {
                result.InvocationConfiguration.Error.WritePlain(fault);
                return CheckCommand.Bad;
            }

            var options = new AverageOptions
            {
                Interval = result.GetValue(interval) ?? series.Interval,
                Stamp = Stamps[result.GetValue(stamp) ?? "start"],
                UtcOffset = TimeSpan.FromHours(result.GetValue(offset)),
                Needed = result.GetValue(needed),
                Period = result.GetValue(period),
                Scale = result.GetValue(breakpoints) ?? IndexScale.China2012,
            };
            return Run(path, series, result.GetRequiredValue(kind), options, result.GetValue(json), result.InvocationConfiguration);
        });
        return command;
    }

    private static int Run(
        string path, RecordedColumns series, string kind, AverageOptions options, bool json, InvocationConfiguration console)
    {
        if (kind == AverageKind.Ammonia && AmmoniaDays.Columns.Where(column => !series.Names.Contains(column.WireName)).ToList() is { Count: > 0 } missing)
        {
            console.Error.WritePlain(
                $"{path}:1:1: the first line names no column {string.Join(", ", missing.Select(column => column.WireName))}; begin with time,{string.Join(',', AmmoniaDays.Columns.Select(column => column.WireName))}");
            return CheckCommand.Bad;
        }

        var isFirst = true;
        foreach (var row in Rows(series, kind, options))
        {
            if (isFirst && !json)
            {
                console.Output.WriteLine(row.Head);
            }

            isFirst = false;
            console.Output.WriteLine(json ? row.Json : row.Line);
        }

        console.Error.WritePlain(string.Create(
            CultureInfo.InvariantCulture,
            $"{series.TimesMs.Count} rows every {Units.Text(options.Interval)}, days by UTC{options.UtcOffset.TotalHours:+0.##;-0.##;+0}"));
        return 0;
    }

    private static IEnumerable<AverageRow> Rows(RecordedColumns series, string kind, AverageOptions options)
    {
        var columns = Enumerable.Range(0, series.Names.Count);
        return kind switch
        {
            AverageKind.Ph => columns.SelectMany(column => PhPeriods.Of(series, column, options)),
            AverageKind.Ammonia => AmmoniaDays.Of(series, options),
            _ => columns.SelectMany(column => AverageKind.All.First(known => known.Word == kind)
                .Of(series.Names[column], HourlySeries.Of(series, column, options), options)),
        };
    }

    private static Option<TimeSpan?> Duration(string name, string description, TimeSpan min, TimeSpan max) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        CustomParser = result =>
        {
            if (Units.Duration(result.Tokens[0].Value) is { } duration && duration >= min && duration <= max)
            {
                return duration;
            }

            result.AddError($"{name} must be from {Units.Text(min)} to {Units.Text(max)}, for example {name} 10m");
            return null;
        },
    };

    private static IndexScale? Scale(ArgumentResult result)
    {
        var table = IndexTable.OfBreakpoints(result.Tokens[0].Value, "IAQI by --breakpoints", out var fault);
        if (table is null)
        {
            result.AddError($"--breakpoints: {fault.What}; {fault.Mend}");
        }

        return table?.Scale;
    }
}
