using System.Text;
using PondSentinel.Backend.Alerting.Wording;

namespace PondSentinel.Backend.Notification.Wording;

/// <summary>Markdown of the kind that chat robots show: text from outside stays text.</summary>
internal static class Markdown
{
    // WeCom knows HTML colours, links, bold, quotes, code and headings; backslashes do not escape in it. So what could begin any of
    // them is shown by a sign that looks the same and means nothing.
    private static readonly Dictionary<char, char> Harmless = new()
    {
        ['<'] = '＜',
        ['>'] = '＞',
        ['['] = '［',
        [']'] = '］',
        ['*'] = '＊',
        ['`'] = '｀',
        ['#'] = '＃',
        ['_'] = '＿',
        ['~'] = '～',
        ['\\'] = '＼',
        ['@'] = '＠',
        ['|'] = '｜',
        ['!'] = '！',
        ['&'] = '＆',
    };

    /// <summary>A text as it stands, whatever it holds.</summary>
    /// <param name="text">One line.</param>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            escaped.Append(Harmless.GetValueOrDefault(character, character));
        }

        return escaped.ToString();
    }

    /// <summary>A message: each notice with its sentence in bold and its lines quoted.</summary>
    /// <param name="texts">The message in each language.</param>
    public static IEnumerable<string> Of(IReadOnlyList<MessageText> texts) => texts.SelectMany(text => (IEnumerable<string>)
    [
        Subject(text), .. text.Intro.Select(Escape), .. Parts(text), .. Footers(text), "",
    ]);

    /// <summary>The least of it that has to arrive: a line for each notice in each language.</summary>
    /// <param name="texts">The message in each language.</param>
    public static IEnumerable<string> HeadsOf(IReadOnlyList<MessageText> texts) =>
        texts.SelectMany(text => (IEnumerable<string>)[Subject(text), .. text.Heads.Select(Escape), ""]);

    /// <summary>What of it can be left out where there is no room.</summary>
    /// <param name="texts">The message in each language.</param>
    public static IEnumerable<string> DetailsOf(IReadOnlyList<MessageText> texts) =>
        texts.SelectMany(text => (IEnumerable<string>)[.. Footers(text), .. Parts(text), ""]);

    private static string Subject(MessageText text) => $"**{Escape(text.Subject)}**";

    private static IEnumerable<string> Footers(MessageText text) =>
        text.Footers.SelectMany(footer => (string[])["", Escape(footer)]);

    private static IEnumerable<string> Parts(MessageText text) => text.Parts.SelectMany(part => (IEnumerable<string>)
    [
        "", Escape(part.Text.Sentence), .. part.Remarks.Select(Quoted), .. part.Text.InOrder.Select(fact => LineOf(part.Text, fact)),
    ]);

    private static string Quoted(string line) => $"> {Escape(line)}";

    // Robots open web pages, and nothing else.
    private static string LineOf(NoticeText text, Fact fact) => fact.Link is { Scheme: "http" or "https" } link
        ? $"> [{Escape(fact.Label)}]({Address(link)})"
        : Quoted(text.LineOf(fact));

    // Of what an address may have unescaped these mean something here.
    private static string Address(Uri link) =>
        link.AbsoluteUri.Replace("_", "%5F", StringComparison.Ordinal).Replace("~", "%7E", StringComparison.Ordinal);
}
