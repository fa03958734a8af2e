using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Notification.Wording;

/// <summary>Reads how a channel speaks: <c>language</c>, beside the <c>utc_offset_h</c> of its policy.</summary>
internal static class VoiceSection
{
    /// <summary>Reads it.</summary>
    /// <param name="section">The channel's section.</param>
    /// <param name="policy">Its policy.</param>
    /// <param name="page">Where people find the page; null where nobody has said.</param>
    public static Voice Read(TomlSection section, ChannelPolicy policy, PageAddress? page) =>
        new(Voice.LanguagesOf(section.Word("language", Voice.ByWord) ?? Speech.Both), policy.UtcOffset) { Page = page };
}
