using System.Globalization;
using PondSentinel.Alerting;
using PondSentinel.Measurements;
using PondSentinel.Toml;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Alerting.Trial;

/// <summary>What goes wrong with values for a while.</summary>
internal enum Disturbance
{
    /// <summary>There is no link: what is taken arrives at its end, the newest first and then the others, oldest first.</summary>
    Outage,

    /// <summary>The values come without a number.</summary>
    Missing,

    /// <summary>They are flagged suspect.</summary>
    Suspect,

    /// <summary>They are flagged as failed.</summary>
    Fail,

    /// <summary>They are beyond what the probe can measure.</summary>
    OverRange,

    /// <summary>Another channel says that they cannot be.</summary>
    Implausible,

    /// <summary>They are taken in maintenance.</summary>
    Maintenance,

    /// <summary>Nothing is taken at all, though the gateway is there.</summary>
    Silence,

    /// <summary>Nothing is taken, because the gateway has no power.</summary>
    Off,

    /// <summary>The backend is killed in the transaction that takes them, once each, and takes them again after a restart.</summary>
    Kill,

    /// <summary>The backend's clock stands behind, and is set right at its end.</summary>
    ClockBehind,
}

/// <summary>A stretch of an episode in which something goes wrong.</summary>
/// <param name="Kind">What.</param>
/// <param name="From">From then on, after the episode's beginning.</param>
/// <param name="To">Until then, exclusive.</param>
/// <param name="Gateway">Only of this gateway; null: of all.</param>
/// <param name="Device">Only of this device; null: of all.</param>
internal sealed record DisturbedStretch(Disturbance Kind, TimeSpan From, TimeSpan To, string? Gateway, string? Device)
{
    /// <summary>By how much a clock is wrong.</summary>
    public TimeSpan By { get; init; }

    /// <summary>Whether a value falls under it.</summary>
    public bool Holds(TimeSpan at, EpisodeSeries series) => (Device is null || Device == series.Device) && Concerns(at, series.Gateway);

    /// <summary>Whether a gateway as a whole falls under it.</summary>
    public bool Holds(TimeSpan at, string gateway) => Device is null && Concerns(at, gateway);

    private bool Concerns(TimeSpan at, string gateway) => at >= From && at < To && (Gateway is null || Gateway == gateway);
}

/// <summary>A channel of an episode: straight lines between points.</summary>
/// <param name="Gateway">Its gateway.</param>
/// <param name="Station">Its station.</param>
/// <param name="Device">Its device.</param>
/// <param name="Channel">Its name.</param>
/// <param name="Measurand">What it measures.</param>
/// <param name="Every">Time between two values.</param>
/// <param name="Ahead">How much later than they are its values say they were taken: a clock that is wrong.</param>
/// <param name="Points">The points, rising in time.</param>
internal sealed record EpisodeSeries(
    string Gateway, string Station, string Device, string Channel, Measurand Measurand, TimeSpan Every, TimeSpan Ahead, IReadOnlyList<(TimeSpan At, double Value)> Points)
{
    /// <summary>The value at a time, between the first and the last point.</summary>
    public double ValueAt(TimeSpan at)
    {
        var next = 1;
        while (next < Points.Count - 1 && Points[next].At < at)
        {
            next++;
        }

        var (from, to) = (Points[next - 1], Points[next]);
        return from.Value + ((to.Value - from.Value) * ((at - from.At) / (to.At - from.At)));
    }
}

/// <summary>What a gateway tells of an alarm of its own.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="Device">The device.</param>
/// <param name="At">When it was raised or was over, after the episode's beginning.</param>
/// <param name="Arrives">When that comes to the backend.</param>
/// <param name="Alarm">What it says.</param>
internal sealed record EpisodeAlarm(string Gateway, string Device, TimeSpan At, TimeSpan Arrives, GatewayAlarm Alarm);

/// <summary>What a gateway says of its clock for a while; while there is none it says that it is right.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="From">From then on, after the episode's beginning.</param>
/// <param name="To">Until then, exclusive.</param>
/// <param name="Ahead">How far it is ahead of the backend's; null: nobody vouches for it.</param>
internal sealed record EpisodeClock(string Gateway, TimeSpan From, TimeSpan To, TimeSpan? Ahead);

/// <summary>A calibration that a gateway tells of.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="Station">Its station.</param>
/// <param name="Device">The device.</param>
/// <param name="Channel">The channel.</param>
/// <param name="Measurand">What it measures.</param>
/// <param name="At">When it is done, and comes to the backend, after the episode's beginning.</param>
/// <param name="Due">When the next is due, after the episode's beginning.</param>
internal sealed record EpisodeCalibration(
    string Gateway, string Station, string Device, string Channel, Measurand Measurand, TimeSpan At, TimeSpan Due);

/// <summary>Something that people are told, or were to be.</summary>
/// <param name="At">When, after the episode's beginning.</param>
/// <param name="Notice">What: <c>firing</c>, <c>cleared</c>, <c>past</c> or <c>withdrawn</c>.</param>
/// <param name="Rule">The rule.</param>
/// <param name="Device">The device; of a gateway that is silent, the gateway.</param>
/// <param name="Since">When the exceedance began, after the episode's beginning.</param>
/// <param name="Until">When it was over; null where it is not.</param>
internal sealed record Told(TimeSpan At, string Notice, string Rule, string Device, TimeSpan Since, TimeSpan? Until)
{
    /// <summary>In one line.</summary>
    public override string ToString() =>
        $"at {Units.Text(At)} {Notice} {Rule} {Device}, since {Units.Text(Since)}{(Until is { } until ? $" until {Units.Text(until)}" : "")}";
}

/// <summary>An episode: what is measured, what goes wrong, and exactly what people are to be told of it.</summary>
internal sealed record EpisodeFile(
    string Title,
    DateTimeOffset Begin,
    IReadOnlyList<AlertRule> Rules,
    IReadOnlyList<EpisodeSeries> Series,
    IReadOnlyList<DisturbedStretch> Disturbances,
    IReadOnlyList<EpisodeAlarm> Alarms,
    IReadOnlyList<EpisodeClock> Clocks,
    IReadOnlyList<EpisodeCalibration> Calibrations,
    IReadOnlyList<Told> Expected)
{
    private const int ValuesMax = 1_000_000;
    private static readonly TimeSpan EveryMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestMax = TimeSpan.FromDays(400);
    private static readonly string[] Notices = ["firing", "cleared", "past", "withdrawn"];

    private static readonly Dictionary<string, Disturbance> Disturbed = new(StringComparer.Ordinal)
    {
        ["outage"] = Disturbance.Outage,
        ["missing"] = Disturbance.Missing,
        ["suspect"] = Disturbance.Suspect,
        ["fail"] = Disturbance.Fail,
        ["over-range"] = Disturbance.OverRange,
        ["implausible"] = Disturbance.Implausible,
        ["maint"] = Disturbance.Maintenance,
        ["silence"] = Disturbance.Silence,
        ["off"] = Disturbance.Off,
        ["kill"] = Disturbance.Kill,
        ["clock-behind"] = Disturbance.ClockBehind,
    };

    /// <summary>Reads one.</summary>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="text">TOML.</param>
    /// <param name="problems">Takes what is wrong with it.</param>
    /// <returns>The episode; null where something is wrong.</returns>
    public static EpisodeFile? Read(string file, string text, List<Problem> problems)
    {
        var top = TomlSection.Parse(file, text, problems);
        var title = top.Text("title", required: true);
        var begin = Instant(top);
        var rules = RuleConfiguration.Read(top, problems);
        var series = top.Tables("series").Select(SeriesOf).ToList();
        var disturbances = top.Tables("disturbance").Select(DisturbanceOf).ToList();
        var alarms = top.Tables("alarm").Select(AlarmOf).ToList();
        var clocks = top.Tables("clock").Select(ClockOf).ToList();
        var calibrations = top.Tables("calibration").Select(CalibrationOf).ToList();
        var told = top.Tables("told").Select(ToldOf).ToList();
        top.RefuseUnknownKeys();
        if (problems.Count == 0 && series.Count == 0)
        {
            top.Report(null, "the episode has no [[series]]", "add one");
        }

        if (problems.Count == 0 && series.Sum(s => (s!.Points[^1].At - s.Points[0].At) / s.Every) > ValuesMax)
        {
            top.Report(null, $"the episode has more than {ValuesMax} values", "make it shorter, or every longer");
        }

        return problems.Count > 0 ? null : new EpisodeFile(
            title!, begin, clocks.Count + calibrations.Count > 0 ? BackendRules.Beside(rules) : rules,
            series!, disturbances!, alarms!, clocks!, calibrations!, told!);
    }

    private static DateTimeOffset Instant(TomlSection top)
    {
        var text = top.Text("begin", required: true);
        if (DateTimeOffset.TryParseExact(
            text, "yyyy-MM-dd'T'HH:mmK", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var begin))
        {
            return begin.ToUniversalTime();
        }

        if (text is not null)
        {
            top.Report("begin", $"\"{text}\" is no time", "write begin = \"2026-07-01T00:00Z\"");
        }

        return default;
    }

    private static EpisodeSeries? SeriesOf(TomlSection section)
    {
        var gateway = RuleConfiguration.Selector(section, "gateway") ?? "gateway";
        var channel = section.Text("channel", required: true);
        var measurand = section.Text("measurand", required: true);
        var every = section.Duration("every", EveryMin, LongestMax, required: true);
        var ahead = section.Duration("ahead", TimeSpan.Zero, TimeSpan.FromDays(40_000)) ?? TimeSpan.Zero;
        var points = PointsOf(section);
        section.RefuseUnknownKeys();
        var (parts, what) = (Parts(section, channel), MeasurandOf(section, measurand));
        return parts is null || what is null || every is null || points is null
            ? null
            : new EpisodeSeries(gateway, parts[0], parts[1], parts[2], what.Value, every.Value, ahead, points);
    }

    private static string[]? Parts(TomlSection section, string? channel)
    {
        if (channel?.Split('/', '.') is [_, _, _] parts && parts.All(Names.IsName))
        {
            return parts;
        }

        if (channel is not null)
        {
            section.Report("channel", $"\"{channel}\" is no channel", "write station/device.channel");
        }

        return null;
    }

    private static Measurand? MeasurandOf(TomlSection section, string? name)
    {
        if (name is not null && MeasurandNames.TryParse(name, out var measurand))
        {
            return measurand;
        }

        if (name is not null)
        {
            section.Report("measurand", $"\"{name}\" is not a measurand", "use a name of pond-backend rules list --json");
        }

        return null;
    }

    private static EpisodeAlarm? AlarmOf(TomlSection section)
    {
        var name = section.Text("name", required: true);
        var gateway = RuleConfiguration.Selector(section, "gateway") ?? "gateway";
        var channel = section.Text("channel", required: true);
        var measurand = section.Text("measurand", required: true);
        var at = section.Duration("at", TimeSpan.Zero, LongestMax, required: true);
        var arrives = section.Duration("arrives", TimeSpan.Zero, LongestMax);
        var before = section.Duration("before", TimeSpan.Zero, LongestMax, required: true);
        var value = section.Number("value", required: true);
        var peak = section.Number("peak");
        var severity = section.Word("severity", Severities.ByWord, required: true);
        var isOver = section.Flag("over") == true;
        var limits = (section.Number("raise_above"), section.Number("clear_below"), section.Number("raise_below"), section.Number("clear_above"));
        section.RefuseUnknownKeys();
        var (parts, what) = (Parts(section, channel), MeasurandOf(section, measurand));
        if (arrives < at)
        {
            section.Report("arrives", "arrives lies before at", "exchange them");
        }

        (LimitSide Side, double Raise, double Clear)? limit = limits switch
        {
            ({ } raise, { } clear, null, null) when clear <= raise => (LimitSide.Above, raise, clear),
            (null, null, { } raise, { } clear) when clear >= raise => (LimitSide.Below, raise, clear),
            _ => null,
        };
        if (limit is null)
        {
            section.Report(null, "the alarm has no limits", "add raise_above and clear_below, or raise_below and clear_above");
        }

        return parts is not null && what is { } m && at is { } a && before is { } b && value is { } v && severity is { } s && limit is var (side, raiseLimit, clearLimit)
            ? new EpisodeAlarm(gateway, parts[1], a, arrives ?? a, new GatewayAlarm
            {
                Alarm = name ?? "",
                IsRaised = !isOver,
                Station = parts[0],
                Channel = parts[2],
                Measurand = m,
                Value = v,
                Flag = QualityFlag.Good,
                Peak = peak ?? v,
                BeforeMs = (long)b.TotalMilliseconds,
                Side = side,
                RaiseLimit = raiseLimit,
                ClearLimit = clearLimit,
                Severity = s,
            })
            : null;
    }

    private static List<(TimeSpan At, double Value)>? PointsOf(TomlSection section)
    {
        if (section.Texts("points", required: true) is not { } texts)
        {
            return null;
        }

        List<(TimeSpan At, double Value)> points = [];
        foreach (var text in texts)
        {
            var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length != 2
                || Units.Duration(words[0]) is not { } at
                || !double.TryParse(words[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                || !double.IsFinite(value))
            {
                section.Report("points", $"\"{text}\" is no point", "write a time after the beginning and a value: \"90m 2.5\"");
                return null;
            }

            points.Add((at, value));
        }

        if (points.Count < 2 || points.Zip(points.Skip(1)).Any(pair => pair.First.At >= pair.Second.At) || points[^1].At > LongestMax)
        {
            section.Report("points", "points must be two or more, rising in time, at most 400d", "order them");
            return null;
        }

        return points;
    }

    private static EpisodeClock? ClockOf(TomlSection section)
    {
        var gateway = RuleConfiguration.Selector(section, "gateway") ?? "gateway";
        var from = section.Duration("from", TimeSpan.Zero, LongestMax, required: true);
        var to = section.Duration("to", TimeSpan.Zero, LongestMax, required: true);
        var ahead = section.Number("ahead_s", -1e9, 1e9);
        section.RefuseUnknownKeys();
        if (from >= to)
        {
            section.Report("to", "to does not lie after from", "exchange them");
        }

        return from is { } f && to is { } t ? new EpisodeClock(gateway, f, t, ahead is { } seconds ? TimeSpan.FromSeconds(seconds) : null) : null;
    }

    private static EpisodeCalibration? CalibrationOf(TomlSection section)
    {
        var gateway = RuleConfiguration.Selector(section, "gateway") ?? "gateway";
        var channel = section.Text("channel", required: true);
        var measurand = section.Text("measurand", required: true);
        var at = section.Duration("at", TimeSpan.Zero, LongestMax, required: true);
        var due = section.Duration("due", TimeSpan.Zero, LongestMax, required: true);
        section.RefuseUnknownKeys();
        var (parts, what) = (Parts(section, channel), MeasurandOf(section, measurand));
        return parts is not null && what is { } m && at is { } a && due is { } d
            ? new EpisodeCalibration(gateway, parts[0], parts[1], parts[2], m, a, d)
            : null;
    }

    private static DisturbedStretch? DisturbanceOf(TomlSection section)
    {
        var kind = section.Word("kind", Disturbed, required: true);
        var from = section.Duration("from", TimeSpan.Zero, LongestMax, required: true);
        var to = section.Duration("to", TimeSpan.Zero, LongestMax, required: true);
        var (gateway, device) = (section.Text("gateway"), section.Text("device"));
        var by = kind == Disturbance.ClockBehind ? section.Duration("by", TimeSpan.FromSeconds(1), LongestMax, required: true) : null;
        section.RefuseUnknownKeys();
        if (from >= to)
        {
            section.Report("to", "to does not lie after from", "exchange them");
        }

        return kind is { } k && from is { } f && to is { } t ? new DisturbedStretch(k, f, t, gateway, device) { By = by ?? TimeSpan.Zero } : null;
    }

    private static Told? ToldOf(TomlSection section)
    {
        var at = section.Duration("at", TimeSpan.Zero, LongestMax, required: true);
        var notice = section.Text("notice", required: true);
        var rule = section.Text("rule", required: true);
        var device = section.Text("device", required: true);
        var since = section.Duration("since", TimeSpan.Zero, LongestMax, required: true);
        var until = section.Duration("until", TimeSpan.Zero, LongestMax);
        section.RefuseUnknownKeys();
        if (notice is not null && !Notices.Contains(notice, StringComparer.Ordinal))
        {
            section.Report("notice", $"\"{notice}\" is nothing that people are told", $"use one of: {string.Join(", ", Notices)}");
        }

        return at is { } a && notice is not null && rule is not null && device is not null && since is { } s
            ? new Told(a, notice, rule, device, s, until)
            : null;
    }
}
