using System.Globalization;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Web.History;

/// <summary>What somebody asks of a series: which, from when to when, and how finely.</summary>
internal sealed record SeriesQuery
{
    /// <summary>Most points of an answer.</summary>
    public const int PointsMax = 5_000;

    /// <summary>Fewest.</summary>
    public const int PointsMin = 2;

    private const int PointsUsual = 1_000;
    private const int NameMax = 64;

    /// <summary>Longest stretch.</summary>
    public static readonly TimeSpan SpanMax = TimeSpan.FromDays(400);

    private static readonly TimeSpan SpanUsual = TimeSpan.FromDays(1);

    // Within what the key of a point can hold, and what a browser's calendar knows.
    private static readonly DateTimeOffset Earliest = new(1971, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Latest = new(2261, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly string[] Required = ["site", "station", "device", "channel"];

    /// <summary>Names of the parameters.</summary>
    public static readonly IReadOnlyList<string> Names = [.. Required, "gateway", "measurand", "from", "to", "points", ReadersLanguage.Parameter];

    public required string Site { get; init; }

    public required string Station { get; init; }

    public required string Device { get; init; }

    public required string Channel { get; init; }

    /// <summary>The gateway; null where the others leave no doubt.</summary>
    public string? Gateway { get; init; }

    /// <summary>Wire name of the measurand; null where the others leave no doubt.</summary>
    public string? Measurand { get; init; }

    /// <summary>From when on, ms since 1970.</summary>
    public required long FromMs { get; init; }

    /// <summary>Before when.</summary>
    public required long ToMs { get; init; }

    /// <summary>Most points.</summary>
    public required int Points { get; init; }

    /// <summary>Whether the store is asked for what the probe had beside each grab sample, one after the other: a table has none of it.</summary>
    public bool HasSamples { get; init; } = true;

    /// <summary>The language of what is told.</summary>
    public Language Language { get; init; }

    /// <summary>Reads the parameters of an address.</summary>
    /// <param name="query">They, hostile.</param>
    /// <param name="now">Now: the end where none is named.</param>
    /// <returns>What is asked; or what is wrong, in a sentence.</returns>
    public static (SeriesQuery? Query, string? Fault) Parse(IQueryCollection query, DateTimeOffset now)
    {
        if (query.Keys.FirstOrDefault(name => !Names.Contains(name, StringComparer.Ordinal)) is { } unknown)
        {
            return (null, $"\"{Shown(unknown)}\" is no parameter; those that are: {string.Join(' ', Names)}");
        }

        if (query.FirstOrDefault(pair => pair.Value.Count != 1 || pair.Value[0] is not { Length: > 0 and <= NameMax }).Key is { } odd)
        {
            return (null, $"{odd} must stand once, with 1 to {NameMax} characters");
        }

        if (Required.FirstOrDefault(name => !query.ContainsKey(name)) is { } missing)
        {
            return (null, $"{missing} is missing; /api/now names every channel");
        }

        var to = Instant(query["to"], now);
        var from = Instant(query["from"], to is { } end && end - Earliest > SpanUsual ? end - SpanUsual : null);
        var points = query.TryGetValue("points", out var text)
            ? int.TryParse(text[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0
            : PointsUsual;
        return (from, to, points) switch
        {
            (null, _, _) or (_, null, _) => (null, "from and to are ms since 1970, or times like 2026-07-01T06:00:00Z, from 1971 to 2260"),
            var (first, last, _) when first >= last => (null, "from must lie before to"),
            var (first, last, _) when last - first > SpanMax => (null, FormattableString.Invariant($"from and to lie at most {SpanMax.Days} days apart")),
            (_, _, < PointsMin or > PointsMax) => (null, FormattableString.Invariant($"points is a whole number from {PointsMin} to {PointsMax}")),
            _ => (Of(query, from.Value, to.Value, points), null),
        };
    }

    /// <summary>Whether a series is meant.</summary>
    /// <param name="series">The series.</param>
    public bool Means(SeriesKey series) =>
        (series.Site, series.Station, series.Device, series.Channel) == (Site, Station, Device, Channel)
        && (Gateway ?? series.Gateway) == series.Gateway
        && (Measurand ?? series.Measurand.WireName) == series.Measurand.WireName;

    private static SeriesQuery Of(IQueryCollection query, DateTimeOffset from, DateTimeOffset to, int points) => new()
    {
        Site = query["site"][0]!,
        Station = query["station"][0]!,
        Device = query["device"][0]!,
        Channel = query["channel"][0]!,
        Gateway = query.TryGetValue("gateway", out var gateway) ? gateway[0] : null,
        Measurand = query.TryGetValue("measurand", out var measurand) ? measurand[0] : null,
        FromMs = from.ToUnixTimeMilliseconds(),
        ToMs = to.ToUnixTimeMilliseconds(),
        Points = points,
    };

    private static DateTimeOffset? Instant(Microsoft.Extensions.Primitives.StringValues text, DateTimeOffset? usual)
    {
        if (text.Count == 0)
        {
            return usual;
        }

        DateTimeOffset? at = long.TryParse(text[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ms)
            ? ms <= Latest.ToUnixTimeMilliseconds() ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null
            : DateTimeOffset.TryParse(text[0], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
        return at >= Earliest && at < Latest ? at : null;
    }

    private static string Shown(string name) => name.Length <= NameMax ? name : name[..NameMax] + "…";
}
