using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using PondSentinel.Backend.Alerting.Wording;

namespace PondSentinel.Backend.Web.Access;

/// <summary>What the page for signing in says when somebody was not let in.</summary>
internal enum SignInTrouble
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Name or password is wrong; it does not say which.</summary>
    Wrong,

    /// <summary>There were too many tries.</summary>
    TooMany,

    /// <summary>The form is of another page, or too old.</summary>
    Stale,

    /// <summary>Too many people sign in just now.</summary>
    Busy,
}

/// <summary>The page for signing in, in one language. It works without any script.</summary>
internal static class SignInPage
{
    private static readonly HtmlEncoder Html = HtmlEncoder.Create(UnicodeRanges.All);

    private static readonly Words English = new(
        "en", "Sign in", "Name", "Password", "中文", "zh", "You are at the backend's machine: you need not sign in.", "Go on without",
        trouble => trouble switch
        {
            SignInTrouble.Wrong => "Name or password is wrong.",
            SignInTrouble.TooMany => "Too many tries. Wait {0} s and try again.",
            SignInTrouble.Stale => "The form was too old. Try again.",
            _ => "Many people sign in just now. Try again.",
        });

    private static readonly Words Chinese = new(
        "zh-CN", "登录", "用户名", "密码", "English", "en", "您正在后台主机上操作，无需登录。", "直接进入",
        trouble => trouble switch
        {
            SignInTrouble.Wrong => "用户名或密码错误。",
            SignInTrouble.TooMany => "尝试次数过多，请在 {0} 秒后重试。",
            SignInTrouble.Stale => "页面已过期，请重试。",
            _ => "当前登录人数较多，请重试。",
        });

    /// <summary>The page.</summary>
    /// <param name="language">The language.</param>
    /// <param name="form">What it asks with.</param>
    public static string Of(Language language, SignInForm form)
    {
        var words = language == Language.Chinese ? Chinese : English;
        var html = new StringBuilder();
        html.Append($"""
            <!doctype html>
            <html lang="{words.Code}">
            <head>
              <meta charset="utf-8">
              <meta name="viewport" content="width=device-width, initial-scale=1">
              <meta name="color-scheme" content="light dark">
              <title>{words.Title} · PondSentinel</title>
              <link rel="icon" href="/icon.svg" type="image/svg+xml">
              <link rel="stylesheet" href="/page.css">
              <link rel="stylesheet" href="/plain.css">
              <script src="/sign-in.js" defer></script>
            </head>
            <body class="plain-page">
              <header class="top">
                <div class="brand"><img src="/icon.svg" alt="" width="28" height="28"><h1>PondSentinel</h1></div>
                <a class="button" lang="{words.OtherCode}" href="/sign-in?lang={words.OtherCode}&amp;to={Html.Encode(Uri.EscapeDataString(form.To))}">{words.Other}</a>
              </header>
              <main>
                <form class="card" method="post" action="/sign-in">
                  <h2>{words.Title}</h2>
            """);
        if (form.Trouble != SignInTrouble.None)
        {
            var text = words.Of(form.Trouble).Replace("{0}", form.WaitSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
            html.Append($"""<p class="trouble" role="alert">{Html.Encode(text)}</p>""");
        }

        html.Append($"""
            <label><span>{words.Name}</span> <input name="name" value="{Html.Encode(form.Name)}" maxlength="64" required autocomplete="username" autocapitalize="none" spellcheck="false"></label>
            <label><span>{words.Password}</span> <input name="password" type="password" maxlength="128" required autocomplete="current-password"></label>
            <input type="hidden" name="to" value="{Html.Encode(form.To)}">
            <input type="hidden" name="lang" value="{words.Code[..2]}">
            <input type="hidden" name="token" value="{form.Token}">
            <button type="submit" class="primary">{words.Title}</button>
            """);
        if (form.IsMachine)
        {
            html.Append($"""<p class="quiet">{words.Machine} <a href="/">{words.GoOn}</a></p>""");
        }

        return html.Append("</form></main></body></html>\n").ToString();
    }

    private sealed record Words(
        string Code, string Title, string Name, string Password, string Other, string OtherCode, string Machine, string GoOn, Func<SignInTrouble, string> Of);
}

/// <summary>What the page for signing in asks with.</summary>
/// <param name="To">Where to go afterwards: a path of ours.</param>
/// <param name="Token">What only this form can know.</param>
/// <param name="Name">The name that was given last.</param>
/// <param name="Trouble">Why somebody was not let in.</param>
/// <param name="WaitSeconds">How long to wait, where that is why.</param>
/// <param name="IsMachine">Whether whoever asks may come in without.</param>
internal sealed record SignInForm(string To, string Token, string Name, SignInTrouble Trouble, int WaitSeconds, bool IsMachine);
