using PondSentinel.Gateway.Time;
using PondSentinel.Toml;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Reads <c>[clock]</c>.</summary>
internal static class ClockSection
{
    private static readonly Dictionary<string, ClockPolicy> Sources = new(StringComparer.Ordinal)
    {
        ["auto"] = ClockPolicy.Auto,
        ["rtc"] = ClockPolicy.Rtc,
        ["system"] = ClockPolicy.System,
    };

    private static readonly Dictionary<string, ClockSource> Disciplines = new(StringComparer.Ordinal)
    {
        ["ntp"] = ClockSource.Ntp,
        ["gps"] = ClockSource.Gps,
    };

    private static readonly TimeSpan RtcErrorMin = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan RtcErrorMax = TimeSpan.FromHours(1);

    /// <summary>Reads the section.</summary>
    /// <param name="section">The section; null where there is none.</param>
    /// <param name="warnings">Receives what is unwise.</param>
    public static ClockOptions Read(TomlSection? section, List<Problem> warnings)
    {
        var usual = new ClockOptions { EarliestMs = BuildDate.Ms };
        if (section is null)
        {
            return usual;
        }

        var clock = usual with
        {
            Source = section.Word("source", Sources) ?? usual.Source,
            Discipline = section.Word("discipline", Disciplines) ?? usual.Discipline,
            RtcError = section.Duration("rtc_error", RtcErrorMin, RtcErrorMax) ?? usual.RtcError,
        };
        if (section.Has("rtc_error") && clock.Source == ClockPolicy.Auto)
        {
            warnings.Add(section.At(
                "rtc_error",
                "rtc_error of [clock] means nothing while source is \"auto\": no battery-backed clock is believed",
                "write source = \"rtc\", or remove rtc_error"));
        }

        section.RefuseUnknownKeys();
        return clock;
    }
}
