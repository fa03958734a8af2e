using System.Globalization;

namespace PondSentinel.Backend.Alerting.Wording;

/// <summary>Where the station of a notice is, by which id people take its alarm on, and where they find it on the page.</summary>
internal static class Whereabouts
{
    private const int LabelLengthMax = 100;

    /// <summary>The lines.</summary>
    /// <param name="notice">The notice.</param>
    /// <param name="words">The language.</param>
    /// <param name="page">Where those who read find the page; null where nobody has said.</param>
    public static IEnumerable<Fact> Of(AlertNotice notice, Vocabulary words, PageAddress? page)
    {
        var geo = GeoOf(notice);
        var label = string.IsNullOrWhiteSpace(notice.StationLabel) ? null : PlainLine.Of(notice.StationLabel, LabelLengthMax);
        if (label is not null || geo is not null)
        {
            yield return new Fact(words.Labels.Place, string.Join(words.Comma, new[] { label, geo }.OfType<string>())) { Link = geo is null ? null : new Uri(geo) };
        }

        if (page is null && notice.Phase == NoticeKind.Firing && IsWord(notice.Episode))
        {
            yield return new Fact(words.Labels.TakeOn, $"pond-backend alarms ack {notice.Episode}");
            yield break;
        }

        yield return AlarmOf(notice, words);
        if (page?.Of(notice.Episode) is { } link)
        {
            yield return new Fact(words.Labels.Page, link.AbsoluteUri) { Link = link };
        }
    }

    /// <summary>The line that names the alarm.</summary>
    /// <param name="notice">The notice.</param>
    /// <param name="words">The language.</param>
    public static Fact AlarmOf(AlertNotice notice, Vocabulary words) => new(words.Labels.Alarm, PlainLine.Of(notice.Episode));

    // To a metre, as RFC 5870 writes it.
    private static string? GeoOf(AlertNotice notice) => notice is { Lat: >= -90 and <= 90, Lon: >= -180 and <= 180 }
        ? string.Create(CultureInfo.InvariantCulture, $"geo:{notice.Lat:0.#####},{notice.Lon:0.#####}")
        : null;

    // What somebody pastes into a shell is one word there.
    private static bool IsWord(string id) => id.Length > 0 && id[0] != '-' && id.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_');
}
