using System.Globalization;
using System.Net;
using System.Text;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Notification.Wording;

namespace PondSentinel.Backend.Notification.Smtp;

/// <summary>The HTML of a mail: what every mail program shows, without styles from elsewhere, scripts or anything to load.</summary>
internal static class MailHtml
{
    private const string Font = "font-family:Arial,'Noto Sans CJK SC','Microsoft YaHei',sans-serif";

    /// <summary>Writes it, well-formed as XML.</summary>
    /// <param name="texts">The message in each language.</param>
    /// <param name="title">Its subject.</param>
    /// <param name="pictures">The curves.</param>
    /// <param name="notices">The notices, in the order of the texts' parts.</param>
    public static string Of(
        IReadOnlyList<MessageText> texts, string title, IReadOnlyList<MailPicture> pictures, IReadOnlyList<AlertNotice> notices)
    {
        var html = new StringBuilder();
        html.Append("<html><head><meta charset=\"utf-8\"/><title>").Append(Escape(title))
            .Append("</title></head><body style=\"margin:0;background:#f2f4f5\"><div style=\"max-width:680px;margin:0 auto;padding:16px;")
            .Append(Font).Append(";font-size:15px;line-height:1.45;color:#1b2a2f\">");
        for (var i = 0; i < texts.Count; i++)
        {
            // Curves have no language: they stand once.
            Write(html, texts[i], i == 0 ? pictures : [], notices);
        }

        return html.Append("</div></body></html>").ToString();
    }

    private static void Write(StringBuilder html, MessageText text, IReadOnlyList<MailPicture> pictures, IReadOnlyList<AlertNotice> notices)
    {
        html.Append("<div lang=\"").Append(Escape(text.Code)).Append("\">");
        foreach (var line in text.Intro)
        {
            html.Append("<p style=\"margin:0 0 12px\"><b>").Append(Escape(line)).Append("</b></p>");
        }

        for (var i = 0; i < text.Parts.Count; i++)
        {
            Write(html, text.Parts[i], notices[i], pictures.FirstOrDefault(picture => picture.Notice == notices[i].Id));
        }

        foreach (var footer in text.Footers)
        {
            html.Append("<p style=\"margin:0 0 24px;font-size:13px;color:#5c6b70\">").Append(Escape(footer)).Append("</p>");
        }

        html.Append("</div>");
    }

    private static void Write(StringBuilder html, MessagePart part, AlertNotice notice, MailPicture? picture)
    {
        html.Append(
            CultureInfo.InvariantCulture,
            $"<div style=\"background:#fff;border-left:6px solid {Colour(notice)};padding:14px 16px;margin:0 0 14px\">");
        html.Append("<p style=\"margin:0 0 10px;font-size:18px;font-weight:bold\">").Append(Escape(part.Text.Title)).Append("</p>");
        html.Append("<p style=\"margin:0 0 10px\">").Append(Escape(part.Text.Sentence)).Append("</p>");
        foreach (var remark in part.Remarks)
        {
            html.Append("<p style=\"margin:0 0 10px\"><b>").Append(Escape(remark)).Append("</b></p>");
        }

        if (part.Text.Action is { } action)
        {
            html.Append("<p style=\"margin:0 0 12px;padding:10px 12px;background:#fff6dc\"><b>").Append(Escape(action.Label))
                .Append(Escape(part.Text.Colon)).Append("</b>").Append(Escape(action.Text)).Append("</p>");
        }

        if (picture is not null)
        {
            html.Append("<p style=\"margin:0 0 12px\"><img src=\"cid:").Append(Escape(picture.ContentId))
                .Append("\" width=\"640\" style=\"max-width:100%;height:auto\" alt=\"").Append(Escape(part.Text.Title)).Append("\"/></p>");
        }

        html.Append("<table cellpadding=\"0\" cellspacing=\"0\" style=\"border-collapse:collapse;font-size:14px\">");
        foreach (var fact in part.Text.Facts)
        {
            html.Append("<tr><td style=\"padding:3px 14px 3px 0;color:#5c6b70;vertical-align:top;white-space:nowrap\">").Append(Escape(fact.Label))
                .Append("</td><td style=\"padding:3px 0;vertical-align:top;word-break:break-word\">").Append(Linked(fact)).Append("</td></tr>");
        }

        html.Append("</table></div>");
    }

    private static string Colour(AlertNotice notice) => notice switch
    {
        { Phase: not NoticeKind.Firing } => "#2e8b57",
        { Severity: Severity.Urgent } => "#b00020",
        { Severity: Severity.High } => "#d9480f",
        { Severity: Severity.Medium } => "#e0a800",
        _ => "#4a7fb5",
    };

    private static string Linked(Fact fact) => fact.Link is { } link
        ? $"<a href=\"{Escape(link.AbsoluteUri)}\" style=\"color:#1b5e7b\">{Escape(fact.Text)}</a>"
        : Escape(fact.Text);

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
