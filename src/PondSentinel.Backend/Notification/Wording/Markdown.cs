using System.Text;

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
    public static IEnumerable<string> Of(IReadOnlyList<MessageText> texts)
    {
        foreach (var text in texts)
        {
            yield return $"**{Escape(text.Subject)}**";
            foreach (var line in text.Intro)
            {
                yield return Escape(line);
            }

            foreach (var part in text.Parts)
            {
                yield return "";
                yield return Escape(part.Text.Sentence);
                foreach (var line in part.Remarks.Concat(part.Text.Lines))
                {
                    yield return $"> {Escape(line)}";
                }
            }

            yield return "";
        }
    }
}
