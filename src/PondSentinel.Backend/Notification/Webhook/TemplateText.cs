using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PondSentinel.Backend.Notification.Webhook;

/// <summary>A text of a template with its placeholders: <c>{title}</c>, <c>{text:4000}</c> for at most 4,000 bytes, <c>{{</c> and
/// <c>}}</c> for braces.</summary>
internal sealed class TemplateText
{
    private const int BytesMin = 16;
    private readonly IReadOnlyList<Piece> pieces;

    private TemplateText(IReadOnlyList<Piece> pieces) => this.pieces = pieces;

    /// <summary>Names of its placeholders.</summary>
    public IEnumerable<string> Names => pieces.Where(piece => piece.IsPlaceholder).Select(piece => piece.Text);

    /// <summary>Reads one.</summary>
    /// <param name="text">The text.</param>
    /// <returns>It, or what is wrong with it and how to mend that.</returns>
    public static (TemplateText? Text, string? Wrong, string? Mend) Read(string text)
    {
        List<Piece> pieces = [];
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('{' or '}'))
            {
                plain.Append(text[i]);
                continue;
            }

            if (i + 1 < text.Length && text[i + 1] == text[i])
            {
                plain.Append(text[i++]);
                continue;
            }

            var end = text[i] == '{' ? text.IndexOf('}', i) : -1;
            if (end < 0)
            {
                return (null, $"a lone {text[i]} in \"{text}\"", $"write {text[i]}{text[i]} for the brace itself");
            }

            if (Placeholder(text[(i + 1)..end]) is not { } placeholder)
            {
                return (
                    null, $"\"{text[i..(end + 1)]}\" is no placeholder",
                    $"use one of {string.Join(", ", TemplateFields.Names)}, as {{title}} or, with most bytes of {BytesMin} or more, as {{text:4000}}");
            }

            pieces.Add(new Piece(plain.ToString(), IsPlaceholder: false, null));
            plain.Clear();
            pieces.Add(placeholder);
            i = end;
        }

        pieces.Add(new Piece(plain.ToString(), IsPlaceholder: false, null));
        pieces.RemoveAll(piece => piece is { IsPlaceholder: false, Text.Length: 0 });
        return (new TemplateText(pieces), null, null);
    }

    /// <summary>Whether all that has to arrive is within its limits.</summary>
    /// <param name="fields">The values.</param>
    public bool Holds(TemplateFields fields) =>
        pieces.All(piece => !piece.IsPlaceholder || piece.BytesMax is null || fields[piece.Text].Holds(piece.BytesMax));

    /// <summary>Writes it with its values. A number that stands alone is written as a number.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="fields">The values.</param>
    public void Write(Utf8JsonWriter json, TemplateFields fields)
    {
        if (pieces is [{ IsPlaceholder: true } only] && fields[only.Text] is { IsNumber: true } value)
        {
            if (value.Number is { } number)
            {
                json.WriteNumberValue(number);
            }
            else
            {
                json.WriteNullValue();
            }

            return;
        }

        json.WriteStringValue(string.Concat(
            pieces.Select(piece => piece.IsPlaceholder ? fields[piece.Text].Text(piece.BytesMax) : piece.Text)));
    }

    private static Piece? Placeholder(string inner)
    {
        var colon = inner.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? inner : inner[..colon];
        int? most = null;
        if (colon >= 0)
        {
            if (!int.TryParse(inner.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) || bytes < BytesMin)
            {
                return null;
            }

            most = bytes;
        }

        return TemplateFields.Names.Contains(name) ? new Piece(name, IsPlaceholder: true, most) : null;
    }

    private sealed record Piece(string Text, bool IsPlaceholder, int? BytesMax);
}
