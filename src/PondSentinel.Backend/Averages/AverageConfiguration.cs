using PondSentinel.Averages;
using PondSentinel.Backend.Alerting;
using PondSentinel.Measurements;
using PondSentinel.Toml;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Averages;

/// <summary>Reads the <c>[[average]]</c> tables of the backend's configuration. README.md of this folder lists the keys.</summary>
internal static class AverageConfiguration
{
    private const double OffsetHoursMax = 14;
    private const double MinutesOfHour = 60;

    /// <summary>What there is where the configuration names none: what needs no calendar.</summary>
    public static IReadOnlyList<AverageDefinition> Defaults { get; } =
        [.. new[] { "pm10-rolling24", "nowcast" }.Select(word => LiveKind.All[LiveKind.Places[word]]).Select(kind => new AverageDefinition
        {
            Id = kind.Word, Kind = kind, Measurand = kind.Of!.Value, Needed = kind.Rule.Needed,
        })];

    /// <summary>One of each kind that is of a measurand, as presets know them: by the kind.</summary>
    public static IReadOnlyList<AverageDefinition> OfEachKind { get; } =
        [.. LiveKind.All.Where(kind => kind.Of is not null).Select(kind => new AverageDefinition
        {
            Id = kind.Word, Kind = kind, Measurand = kind.Of!.Value, Needed = kind.Rule.Needed,
        })];

    /// <summary>Reads every average; one with a mistake is left out and each of its mistakes is listed.</summary>
    /// <param name="top">The top table of the file.</param>
    /// <param name="problems">The list that <paramref name="top"/> was parsed with.</param>
    public static IReadOnlyList<AverageDefinition> Read(TomlSection top, List<Problem> problems)
    {
        var sections = top.Tables("average");
        List<AverageDefinition> averages = [];
        HashSet<string> ids = new(StringComparer.Ordinal);
        foreach (var section in sections)
        {
            var before = problems.Count;
            var average = ReadOne(section, ids);
            section.RefuseUnknownKeys();
            if (average is not null && problems.Count == before)
            {
                averages.Add(average);
            }
        }

        return sections.Count == 0 ? Defaults : averages;
    }

    private static AverageDefinition? ReadOne(TomlSection section, HashSet<string> ids)
    {
        var kind = section.Word("kind", LiveKind.Places, required: true) is { } place ? LiveKind.All[place] : null;
        var id = section.Text("id") ?? kind?.Word;
        var measurand = RuleConfiguration.MeasurandOf(section) ?? (section.Has("measurand") ? null : kind?.Of);
        var (site, station) = (RuleConfiguration.Selector(section, "site"), RuleConfiguration.Selector(section, "station"));
        var (device, channel) = (RuleConfiguration.Selector(section, "device"), RuleConfiguration.Selector(section, "channel"));
        var offset = Offset(section);
        var needed = section.Integer("needed", 1, WindowRule.HoursMax);
        var table = TableOf(section, kind);
        var (ph, temperature) = (Input(section, "ph", kind), Input(section, "temperature", kind));
        if (id is not null && !Names.IsName(id))
        {
            section.Report("id", $"\"{id}\" cannot be an average's id", "use 1 to 32 of the characters a-z, 0-9 and -");
        }
        else if (id is not null && !ids.Add(id))
        {
            section.Report(section.Has("id") ? "id" : null, $"the average {id} stands here a second time", "give one of the two another id");
        }

        if (kind is null || id is null)
        {
            return null;
        }

        if (measurand is null && !section.Has("measurand"))
        {
            section.Report(null, $"{kind.Word} does not say what it is a mean of", "add measurand = \"pm10_ug_m3\", or another");
        }
        else if (kind.Of is { } meant && measurand is { } said && said != meant && !(meant == Measurand.Pm10 && said == Measurand.Pm10Dry))
        {
            section.Report("measurand", $"{kind.Word} is a mean of {meant.WireName}", "remove measurand, or take the kind mean-1h");
        }
        else if (measurand is { IsDirection: true })
        {
            section.Report("measurand", "a direction has no arithmetic mean: 350° and 10° are north, not south", "give the gateway a [[derived]] channel with formula = \"wind-vector-direction\", and hold the limit against its values");
        }

        if (needed is { } hours && IsWrong(section, kind, hours) || measurand is not { } of)
        {
            return null;
        }

        return new AverageDefinition
        {
            Id = id,
            Kind = kind,
            Measurand = of,
            Site = site,
            Station = station,
            Device = device,
            Channel = channel,
            UtcOffset = offset,
            Needed = (int)(needed ?? kind.Rule.Needed),
            Ph = ph,
            Temperature = temperature,
            OtherTable = table,
        };
    }

    private static bool IsWrong(TomlSection section, LiveKind kind, long needed)
    {
        if (kind.NeedsWater || kind.Word is "nowcast" or "nowcast-aqi")
        {
            section.Report("needed", $"{kind.Word} says by itself how many hours it needs", "remove needed");
            return true;
        }

        if (needed > kind.Rule.Hours)
        {
            section.Report("needed", $"{kind.Word} has {kind.Rule.Hours} hours", $"write needed = {kind.Rule.Needed}, or remove it");
            return true;
        }

        return false;
    }

    // What is the kind's own anyhow makes no other average of it.
    private static IndexTable? TableOf(TomlSection section, LiveKind? kind)
    {
        var year = section.Integer("table", 2018, 2024);
        var breakpoints = section.Text("breakpoints");
        if (kind is null)
        {
            return null;
        }

        if (section.Has("table") && kind.Gives != Measurand.AirQualityIndexUs)
        {
            section.Report("table", $"table means nothing for {kind.Word}", kind.Word == "iaqi-cn" ? "write breakpoints = \"0:0,50:50,…\", or remove it" : "remove it");
        }
        else if (year is not (null or 2018 or 2024))
        {
            section.Report("table", $"there is no US table of {year}", "write table = 2018, or table = 2024");
        }

        if (breakpoints is not null && kind.Gives != Measurand.AirQualityIndexChina)
        {
            section.Report("breakpoints", $"breakpoints means nothing for {kind.Word}", kind.Gives == Measurand.AirQualityIndexUs ? "write table = 2018 or table = 2024, or remove it" : "remove it");
        }
        else if (breakpoints is not null)
        {
            var own = IndexTable.OfBreakpoints(breakpoints, "IAQI by own breakpoints", out var fault);
            if (own is null)
            {
                section.Report("breakpoints", fault.What, fault.Mend);
            }

            return own;
        }

        return year == 2018 ? IndexTable.Us2018 : null;
    }

    private static TimeSpan Offset(TomlSection section)
    {
        var minutes = (section.Number("utc_offset_h", -OffsetHoursMax, OffsetHoursMax) ?? 0) * MinutesOfHour;
        if (minutes != Math.Round(minutes))
        {
            section.Report("utc_offset_h", "utc_offset_h is no number of whole minutes", "write utc_offset_h = 8 for China, 5.75 for Nepal");
        }

        return TimeSpan.FromMinutes(Math.Round(minutes));
    }

    private static InputName? Input(TomlSection section, string key, LiveKind? kind)
    {
        var isNeeded = kind is { NeedsWater: true };
        var text = section.Text(key, required: isNeeded);
        if (text is null)
        {
            return null;
        }

        if (kind is not null && !isNeeded)
        {
            section.Report(key, $"{key} means nothing for {kind.Word}", "remove it");
            return null;
        }

        if (text.Split('.') is [var device, var channel] && Names.IsName(device) && Names.IsName(channel))
        {
            return new InputName(device, channel);
        }

        section.Report(key, $"\"{text}\" is no channel of a device", $"write {key} = \"stream-ph.ph\"");
        return null;
    }
}
