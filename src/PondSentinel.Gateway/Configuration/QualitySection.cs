using PondSentinel.Measurements;
using PondSentinel.Quality;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Reads what a channel is tested for: <c>fail</c> and <c>suspect</c> beside its other keys, which are the gross range,
/// and its table <c>qc</c> with all other tests.</summary>
internal static class QualitySection
{
    private static readonly IReadOnlyDictionary<string, SpikeMethod> SpikeMethods = new Dictionary<string, SpikeMethod>(StringComparer.Ordinal)
    {
        ["differential"] = SpikeMethod.Differential,
        ["average"] = SpikeMethod.Average,
    };

    private static readonly IReadOnlyDictionary<string, SpreadMethod> SpreadMethods = new Dictionary<string, SpreadMethod>(StringComparer.Ordinal)
    {
        ["std"] = SpreadMethod.StandardDeviation,
        ["range"] = SpreadMethod.Range,
    };

    private static readonly (string Key, ClimatologyPeriod Period)[] Periods =
    [
        ("month", ClimatologyPeriod.Month), ("quarter", ClimatologyPeriod.Quarter), ("day_of_year", ClimatologyPeriod.DayOfYear),
        ("week", ClimatologyPeriod.Week), ("day_of_week", ClimatologyPeriod.DayOfWeek),
    ];

    private static readonly TimeSpan TimeMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TimeMax = TimeSpan.FromDays(366);

    /// <summary>Reads the tests of a channel.</summary>
    /// <param name="channel">The channel's table.</param>
    /// <param name="measurand">What it keeps; null where that is not known.</param>
    /// <param name="interval">Time between the samples of a stream; null where a series is to be tested that is at hand.</param>
    public static ChannelTests Read(TomlSection channel, Measurand? measurand, TimeSpan? interval)
    {
        var qc = channel.Table("qc");
        var tests = Read(channel, qc, measurand);
        if (qc is not null && interval is { } each && each > TimeSpan.Zero)
        {
            foreach (var (test, fault) in tests.FaultsOfStream(each))
            {
                qc.Report(test.Word, $"{(fault.Key is { } key ? $"{key} of " : "")}[{qc.Name}.{test.Word}] {fault.What}", fault.Mend);
            }
        }

        return tests;
    }

    private static ChannelTests Read(TomlSection channel, TomlSection? qc, Measurand? measurand)
    {
        var tests = Defaults(qc, measurand);
        var (fail, suspect) = (Band(channel, "fail"), Band(channel, "suspect"));
        if (fail is not null || suspect is not null)
        {
            tests = tests with { GrossRange = Sound(channel, new GrossRangeSettings { Fail = fail, Suspect = suspect }, range => range.Fault) };
        }

        if (qc is null)
        {
            return tests;
        }

        tests = tests with
        {
            Climatology = [.. qc.Tables("climatology").Select(Member).OfType<ClimatologyMember>()],
            Spike = Test(qc, "spike", Spike, settings => settings.Fault) ?? tests.Spike,
            RateOfChange = Test(qc, "rate_of_change", Rate, settings => settings.Fault) ?? tests.RateOfChange,
            FlatLine = Test(qc, "flat_line", Flat, settings => settings.Fault) ?? tests.FlatLine,
            AttenuatedSignal = Test(qc, "attenuated_signal", Attenuated, settings => settings.Fault) ?? tests.AttenuatedSignal,
            TimeGap = Test(qc, "time_gap", Gap, settings => settings.Fault) ?? tests.TimeGap,
            Step = Test(qc, "step", Step, settings => settings.Fault) ?? tests.Step,
        };
        tests = WithoutThoseOff(qc, tests);
        qc.RefuseUnknownKeys();
        return tests;
    }

    /// <summary>Reads <c>[low, high]</c>.</summary>
    /// <param name="section">Where it stands.</param>
    /// <param name="key">Its key.</param>
    public static Band? Band(TomlSection section, string key)
    {
        if (section.Numbers(key, 2) is not [var low, var high])
        {
            return null;
        }

        if (low < high)
        {
            return new Band(low, high);
        }

        section.Report(key, $"{Described(section, key)} must be [low, high]", "put the lower number first");
        return null;
    }

    // The keys at the top of a file stand in no table.
    private static string Described(TomlSection section, string key) => section.Name.Length == 0 ? key : $"{key} of [{section.Name}]";

    private static ChannelTests Defaults(TomlSection? qc, Measurand? measurand)
    {
        if (qc?.Flag("defaults") != true)
        {
            return ChannelTests.None;
        }

        if (measurand is not { } known)
        {
            qc.Report("defaults", $"defaults of [{qc.Name}] needs to know what is measured", "name the measurand, for example measurand = \"ph\"");
            return ChannelTests.None;
        }

        var tests = DefaultTests.Of(known);
        if (tests.IsEmpty)
        {
            qc.Report("defaults", $"there are no defaults for {known.WireName}", "write the tests themselves");
        }

        return tests;
    }

    private static ChannelTests WithoutThoseOff(TomlSection qc, ChannelTests tests)
    {
        foreach (var word in qc.Texts("off") ?? [])
        {
            if (qc.Has(word))
            {
                qc.Report("off", $"{word} stands in [{qc.Name}] and in its off", "remove one of them");
            }

            switch (word)
            {
                case "gross_range":
                    tests = tests with { GrossRange = null };
                    break;
                case "spike":
                    tests = tests with { Spike = null };
                    break;
                case "rate_of_change":
                    tests = tests with { RateOfChange = null };
                    break;
                case "flat_line":
                    tests = tests with { FlatLine = null };
                    break;
                case "step":
                    tests = tests with { Step = null };
                    break;
                default:
                    qc.Report(
                        "off", $"off of [{qc.Name}] names no test that is among the defaults: \"{word}\"",
                        Findings.Meant(word, ["gross_range", "spike", "rate_of_change", "flat_line", "step"]));
                    break;
            }
        }

        return tests;
    }

    private static SpikeSettings Spike(TomlSection section) => new()
    {
        Method = section.Word("method", SpikeMethods) ?? SpikeMethod.Differential,
        Suspect = Threshold(section, "suspect"),
        Fail = Threshold(section, "fail"),
    };

    private static RateOfChangeSettings Rate(TomlSection section) => new()
    {
        Suspect = Threshold(section, "suspect"),
        Fail = Threshold(section, "fail"),
        Per = section.Duration("per", TimeMin, TimeMax, required: true) ?? TimeMin,
    };

    private static FlatLineSettings Flat(TomlSection section) => new()
    {
        Suspect = section.Duration("suspect", TimeMin, TimeMax),
        Fail = section.Duration("fail", TimeMin, TimeMax),
        Tolerance = Threshold(section, "tolerance", required: true) ?? new Threshold(1),
    };

    private static AttenuatedSignalSettings Attenuated(TomlSection section)
    {
        var settings = new AttenuatedSignalSettings
        {
            Method = section.Word("method", SpreadMethods) ?? SpreadMethod.StandardDeviation,
            Suspect = section.Number("suspect"),
            Fail = section.Number("fail"),
            Period = section.Duration("period", TimeMin, TimeMax),
            ObservationsMin = (int?)section.Integer("observations_min", 1, SeriesFacts.WindowMax),
            PeriodMin = section.Duration("period_min", TimeMin, TimeMax),
        };
        if (settings is { Period: not null, ObservationsMin: null, PeriodMin: null })
        {
            section.Report(
                "period", $"[{section.Name}] would call a period that has just begun attenuated",
                "add period_min = \"12h\": until it has seen so much it says nothing");
        }

        return settings;
    }

    private static TimeGapSettings Gap(TomlSection section) => new()
    {
        Fail = section.Duration("fail", TimeMin, TimeMax, required: true) ?? TimeMin,
    };

    private static StepSettings Step(TomlSection section) => new()
    {
        Suspect = section.Number("suspect", required: true) ?? 1,
        Floor = section.Number("floor", required: true) ?? 1,
        Samples = (int?)section.Integer("samples", StepSettings.SamplesMin, StepSettings.SamplesMax) ?? StepSettings.SamplesUsual,
    };

    private static ClimatologyMember? Member(TomlSection section)
    {
        var when = Periods.Select(each => (each.Key, Period: (ClimatologyPeriod?)each.Period, Times: section.Numbers(each.Key, 2)))
            .Append(("dates", null, Dates(section)))
            .Where(each => section.Has(each.Item1))
            .ToList();
        var (suspect, fail, depth) = (Band(section, "suspect"), Band(section, "fail"), Band(section, "depth_m"));
        section.RefuseUnknownKeys();
        if (when.Count != 1)
        {
            section.Report(
                null, $"[{section.Name}] {(when.Count == 0 ? "does not say when it holds" : "says twice when it holds")}",
                $"write one of {string.Join(", ", Periods.Select(each => each.Key))} and dates, for example month = [4, 9]");
            return null;
        }

        if (suspect is not { } usual)
        {
            if (!section.Has("suspect"))
            {
                section.Report(null, $"[{section.Name}] does not say what is usual", "add suspect = [low, high]");
            }

            return null;
        }

        return when[0] is (_, var period, [var first, var last])
            ? Sound(
                section,
                new ClimatologyMember { Period = period, Times = new Band(first, last), Suspect = usual, Fail = fail, DepthMetres = depth },
                member => member.Fault)
            : null;
    }

    private static IReadOnlyList<double>? Dates(TomlSection section)
    {
        var texts = section.Texts("dates");
        if (texts is null)
        {
            return null;
        }

        if (texts is [var first, var last] && IsoTime.TryParse(first, out var from) && IsoTime.TryParse(last, out var to))
        {
            return [from.ToUnixTimeMilliseconds(), to.ToUnixTimeMilliseconds()];
        }

        section.Report("dates", $"dates of [{section.Name}] must be two times", "write dates = [\"2026-04-01\", \"2026-09-30T23:59:59Z\"]; UTC");
        return null;
    }

    private static Threshold? Threshold(TomlSection section, string key, bool required = false)
    {
        if (section.Share(key, required) is not { } share)
        {
            return null;
        }

        return share.IsPercent
            ? Quality.Threshold.OfValue(share.Amount, section.Number("floor", 0) ?? 0)
            : new Threshold(share.Amount);
    }

    private static T? Test<T>(TomlSection qc, string key, Func<TomlSection, T> read, Func<T, SettingFault?> faultOf)
        where T : class
    {
        if (qc.Table(key) is not { } section)
        {
            return null;
        }

        var settings = read(section);
        section.RefuseUnknownKeys();
        return Sound(section, settings, faultOf);
    }

    private static T? Sound<T>(TomlSection section, T settings, Func<T, SettingFault?> faultOf)
        where T : class
    {
        if (faultOf(settings) is not { } fault)
        {
            return settings;
        }

        section.Report(
            fault.Key, fault.Key is { } key ? $"{Described(section, key)} {fault.What}" : $"[{section.Name}] {fault.What}", fault.Mend);
        return null;
    }
}
