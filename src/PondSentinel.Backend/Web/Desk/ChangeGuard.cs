using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace PondSentinel.Backend.Web.Desk;

/// <summary>Who may change something through the page: a program or a person on this very machine, and no foreign page in that
/// person's browser.</summary>
/// <remarks>
/// <para>There is no sign-in yet, so the machine's own users are trusted, as they are on the command line. A request that came
/// through a proxy comes from somebody else, whatever address it has, and changes nothing.</para>
/// <para>A foreign page can make a browser send us a request, but it can neither read our token nor set a header of its own without
/// being asked for leave, which nobody gives; and browsers say where a request comes from.</para>
/// </remarks>
internal sealed class ChangeGuard
{
    /// <summary>The header that brings the token.</summary>
    public const string TokenHeader = "X-Pond-Token";

    // What proxies say of whom they speak for.
    private static readonly string[] Forwarding =
    [
        "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Server",
        "X-Real-IP", "X-Original-Host", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP",
    ];

    /// <summary>What only a page of ours can know; another after each start.</summary>
    public string Token { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>Why whoever asks may change nothing, in a sentence; null where he may.</summary>
    /// <param name="request">The request, of a Host that was checked.</param>
    public static string? RefusalOf(HttpRequest request)
    {
        if (request.HttpContext.Connection.RemoteIpAddress is not { } address || !IPAddress.IsLoopback(address))
        {
            return "Only who sits at the backend's machine may change anything here; elsewhere use ssh, or pond-backend alarms.";
        }

        return Forwarding.FirstOrDefault(request.Headers.ContainsKey) is { } header
            ? $"The request came through a proxy ({header}), and there is no sign-in yet: whoever may read here could change things. Use ssh, or pond-backend alarms."
            : null;
    }

    /// <summary>Why a change is not made, in a sentence; null where it may be.</summary>
    /// <param name="request">The request, of a Host that was checked.</param>
    public string? RefusalOfChange(HttpRequest request)
    {
        if (RefusalOf(request) is { } refusal)
        {
            return refusal;
        }

        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site is not ("" or "same-origin"))
        {
            return "The request comes from another page.";
        }

        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && origin != $"{request.Scheme}://{request.Host}")
        {
            return "The request comes from another page.";
        }

        return CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(request.Headers[TokenHeader].ToString()), Encoding.UTF8.GetBytes(Token))
            ? null
            : $"The header {TokenHeader} is missing or of an earlier start; GET /api/desk gives it.";
    }
}
