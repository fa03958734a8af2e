using System.Globalization;
using PondSentinel.Alerting;
using PondSentinel.Toml;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Notification;

/// <summary>Reads the keys that every channel of the configuration has: <c>name</c>, <c>sites</c>, <c>min_severity</c>,
/// <c>group</c>, <c>repeat</c>, <c>escalate_after</c>, <c>digest</c>, <c>utc_offset_h</c>, <c>rate</c>, <c>flapping</c> and <c>quiet</c>. README.md
/// of this folder explains them. One reader for a whole configuration, so that each name is there once.</summary>
public sealed class ChannelPolicyReader
{
    private const int RateMax = 3_600;
    private const string Off = "off";

    private static readonly TimeSpan GroupMax = TimeSpan.FromHours(1);
    private static readonly TimeSpan RepeatMin = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan EscalateMin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(7);
    private static readonly Dictionary<string, bool> HoldWords = new(StringComparer.Ordinal) { ["hold"] = true, ["tell"] = false };

    private readonly HashSet<string> names = new(StringComparer.Ordinal);

    /// <summary>Reads them from a channel's section; the caller refuses unknown keys afterwards.</summary>
    /// <param name="section">The section.</param>
    /// <param name="kind">What the channel is called where it has no name: <c>webhook</c>, then <c>webhook-2</c>.</param>
    /// <param name="usual">What holds for keys that are not there.</param>
    public ChannelPolicy Read(TomlSection section, string kind, ChannelPolicy usual)
    {
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(usual);
        var offset = section.Number("utc_offset_h", -14, 14) is { } hours ? TimeSpan.FromMinutes(Math.Round(hours * 60)) : (TimeSpan?)null;
        return usual with
        {
            Name = ReadName(section) ?? NextName(kind),
            Sites = ReadSites(section),
            SeverityMin = section.Word("min_severity", Severities.ByWord) ?? usual.SeverityMin,
            GroupFor = section.Duration("group", TimeSpan.Zero, GroupMax) ?? usual.GroupFor,
            RepeatEvery = ReadRepeat(section, usual.RepeatEvery),
            EscalateAfter = section.Duration("escalate_after", EscalateMin, LongestWait) ?? usual.EscalateAfter,
            DigestAt = ReadDigest(section, usual.DigestAt, offset),
            UtcOffset = offset ?? usual.UtcOffset,
            MessagesPerHourMax = (int?)section.Integer("rate", 1, RateMax) ?? usual.MessagesPerHourMax,
            HoldsFlapping = section.Word("flapping", HoldWords) ?? usual.HoldsFlapping,
            HoldsQuiet = section.Word("quiet", HoldWords) ?? usual.HoldsQuiet,
        };
    }

    private string? ReadName(TomlSection section)
    {
        if (section.Text("name") is not { } name)
        {
            return null;
        }

        if (!Names.IsName(name))
        {
            section.Report("name", $"name of [{section.Name}] is no name: \"{name}\"", "use 1 to 32 of a-z, 0-9 and -");
        }
        else if (!names.Add(name))
        {
            section.Report("name", $"another channel is called {name} already", "give this one another name");
        }

        return name;
    }

    private string NextName(string kind)
    {
        var name = kind;
        for (var number = 2; !names.Add(name); number++)
        {
            name = string.Create(CultureInfo.InvariantCulture, $"{kind}-{number}");
        }

        return name;
    }

    private static IReadOnlyList<string> ReadSites(TomlSection section)
    {
        var sites = section.Texts("sites") ?? [];
        if (sites.FirstOrDefault(site => !Names.IsName(site)) is { } wrong)
        {
            section.Report("sites", $"sites of [{section.Name}] holds what is no name: \"{wrong}\"", "use 1 to 32 of a-z, 0-9 and -");
        }

        return sites;
    }

    private static TimeSpan? ReadRepeat(TomlSection section, TimeSpan? usual) => section switch
    {
        _ when !section.Has("repeat") => usual,
        _ when section.IsWord("repeat", Off) => null,
        _ => section.Duration("repeat", RepeatMin, LongestWait),
    };

    private static DigestTime? ReadDigest(TomlSection section, DigestTime? usual, TimeSpan? offset)
    {
        if (!section.Has("digest"))
        {
            return usual is { } time && offset is { } there ? time with { UtcOffset = there } : usual;
        }

        if (section.IsWord("digest", Off) || section.Text("digest") is not { } text)
        {
            return null;
        }

        if (!TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var at))
        {
            section.Report("digest", $"digest of [{section.Name}] is no time of day: \"{text}\"", "write digest = \"08:00\" with utc_offset_h = 8, or \"off\"");
            return null;
        }

        return new DigestTime(at, offset ?? usual?.UtcOffset ?? TimeSpan.Zero);
    }
}
