using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Web.History;

namespace PondSentinel.Backend.Web.Access;

/// <summary>Says of each request who asks and lets it in or not.</summary>
/// <remarks>
/// <para>Without a sign-in only this machine comes in: from a loopback address, to a Host that is this machine, and without any header
/// of a proxy, behind which everybody has the proxy's address. By another address people come by TLS, or by the proxy of the
/// configuration, which has a secret.</para>
/// <para>A foreign page can make a browser send us a request, but it can neither read our token nor set a header of its own without
/// being asked for leave, which nobody gives; and browsers say where a request comes from.</para>
/// </remarks>
/// <param name="options">The ways in.</param>
/// <param name="accounts">Who may do what.</param>
/// <param name="sessions">Who is signed in.</param>
internal sealed class Gate(WebOptions options, AccountBook accounts, SessionBook sessions)
{
    /// <summary>The header that brings the token of a change.</summary>
    public const string TokenHeader = "X-Pond-Token";

    /// <summary>The header that brings the proxy's secret.</summary>
    public const string SecretHeader = "X-Pond-Proxy-Secret";

    /// <summary>Hosts that are this machine.</summary>
    public static readonly IReadOnlyList<string> LocalHosts = ["localhost", "127.0.0.1", "[::1]"];

    // What proxies say of whom they speak for, beside everything that begins with X-Forwarded-.
    private static readonly string[] Forwarding =
    [
        "Forwarded", "Via", "X-Forwarded", "X-Real-IP", "X-Original-Host", "X-Client-IP", "X-Cluster-Client-IP", "True-Client-IP", "CF-Connecting-IP",
        "Fastly-Client-IP", "CDN-Loop", SecretHeader,
    ];

    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);

    /// <summary>Name of the cookie that has the session.</summary>
    /// <param name="isSecure">Whether it goes by TLS alone; a browser then holds that nobody else has set it.</param>
    public static string SessionCookie(bool isSecure) => isSecure ? "__Host-pond-session" : "pond-session";

    /// <summary>How the request came that is being answered.</summary>
    /// <param name="context">The request; it was let in.</param>
    public static Arrival Of(HttpContext context) => context.Features.GetRequiredFeature<Arrival>();

    /// <summary>Lets a request in, or answers it.</summary>
    /// <param name="context">The request, of a Host that was checked.</param>
    /// <param name="next">What comes behind.</param>
    public async Task AdmitAsync(HttpContext context, RequestDelegate next)
    {
        var entry = context.GetEndpoint()?.Metadata.GetMetadata<EntryOf>()?.Entry ?? Entry.Viewer;
        Arrival arrival;
        try
        {
            arrival = Judge(context, asksWho: entry is not (Entry.Public or Entry.Machine));
        }
        catch (Exception e) when (e is SqliteException or IOException)
        {
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "The state database cannot be used", e.Message);
            return;
        }

        context.Features.Set(arrival);
        if (arrival.IsSecure && Uri.CheckHostName(context.Request.Host.Host) == UriHostNameType.Dns
            && !LocalHosts.Contains(context.Request.Host.Host, StringComparer.OrdinalIgnoreCase))
        {
            // For a year, in the place of a proxy too, and of this name alone: what else the domain has is not ours. It is of all ports of
            // the name: at localhost, as by ssh -L, those are of other programs. A browser that has heard it once forgets it only when told.
            context.Response.Headers.StrictTransportSecurity = options.KeepsToTls ? "max-age=31536000" : "max-age=0";
        }

        if (entry == Entry.Public || (entry == Entry.Machine && (arrival.IsMachine || HasMachineToken(context.Request))))
        {
            await next(context);
        }
        else if (arrival.Refusal is { } refusal)
        {
            await RefuseAsync(context, StatusCodes.Status403Forbidden, "Not allowed", refusal);
        }
        else if (entry == Entry.Machine)
        {
            await RefuseAsync(context, StatusCodes.Status403Forbidden, "Not allowed", "This is for programs of the backend's machine, or with the metrics_token of [web] as a bearer token.");
        }
        else if (entry == Entry.Anyone)
        {
            await next(context);
        }
        else if (arrival.Visitor is not { } visitor)
        {
            await SendToSignInAsync(context);
        }
        else if (visitor.Role < Least(entry))
        {
            await RefuseAsync(context, StatusCodes.Status403Forbidden, "Not allowed", visitor.Name is null
                ? "Sign in as an admin for that, or use pond-backend account on this machine."
                : $"{visitor.Name} is {visitor.Role.Word} and may not do that. An admin can change it at /accounts, or somebody at the machine by pond-backend account role.");
        }
        else
        {
            await next(context);
        }
    }

    /// <summary>Signs somebody in whose password was right: their browser holds another session than before, and what it held has ended.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="account">Who.</param>
    /// <exception cref="SqliteException">The state database cannot be written.</exception>
    public void Begin(HttpContext context, Account account)
    {
        var arrival = Of(context);
        if (arrival.Visitor is { Session: { } before } visitor)
        {
            sessions.End(before, visitor.Acting(null));
        }

        context.Response.Cookies.Append(SessionCookie(arrival.IsSecure), sessions.Begin(account, arrival.Address), Cookie(arrival.IsSecure));
    }

    /// <summary>How a cookie of ours is kept: out of reach of scripts and of other sites.</summary>
    /// <param name="isSecure">Whether it goes by TLS alone.</param>
    public static CookieOptions Cookie(bool isSecure) => new()
    {
        HttpOnly = true, Secure = isSecure, SameSite = SameSiteMode.Strict, Path = "/", IsEssential = true,
    };

    /// <summary>Whether whoever was let in would still be: they may have signed out since, or been removed.</summary>
    /// <param name="visitor">Who.</param>
    public bool Holds(Visitor visitor) => visitor switch
    {
        { Way: AccessWay.Session, Session: { } session } => sessions.Find(session) is not null,
        { Way: AccessWay.Proxy, Name: { } name } => accounts.Find(name) is not null,
        _ => true,
    };

    /// <summary>What only a page of ours can know; another for each session and after each start.</summary>
    /// <param name="of">What it is for.</param>
    public string TokenOf(string of) => Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(of)));

    /// <summary>What goes with each change of somebody.</summary>
    /// <param name="visitor">Who.</param>
    public string TokenOf(Visitor visitor) => TokenOf($"change {visitor.Way} {visitor.Name} {visitor.Session}");

    /// <summary>Why a change is not made, in a sentence; null where it may be.</summary>
    /// <param name="request">The request, which was let in.</param>
    public string? RefusalOfChange(HttpRequest request)
    {
        if (IsForeign(request))
        {
            return "The request comes from another page.";
        }

        return IsSame(request.Headers[TokenHeader].ToString(), TokenOf(Of(request.HttpContext).Visitor!))
            ? null
            : $"The header {TokenHeader} is missing, or of an earlier start or session; GET /api/me gives it.";
    }

    /// <summary>Whether the browser says that another page has sent the request.</summary>
    /// <param name="request">The request.</param>
    public static bool IsForeign(HttpRequest request)
    {
        var (site, origin) = (request.Headers["Sec-Fetch-Site"].ToString(), request.Headers.Origin.ToString());
        var scheme = Of(request.HttpContext).IsSecure ? Uri.UriSchemeHttps : Uri.UriSchemeHttp;
        return site is not ("" or "same-origin") || (origin.Length > 0 && origin != $"{scheme}://{request.Host}");
    }

    /// <summary>Whether two secrets are the same, in a time that does not tell how much of them is.</summary>
    /// <param name="given">What was given.</param>
    /// <param name="wanted">What it should be.</param>
    public static bool IsSame(string given, string wanted) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(wanted)));

    /// <summary>Answers with a refusal.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The status.</param>
    /// <param name="title">What it is.</param>
    /// <param name="detail">Why, in a sentence.</param>
    private static Task RefuseAsync(HttpContext context, int status, string title, string detail)
    {
        (context.Response.StatusCode, context.Response.ContentType) = (status, Problem.ContentType);
        return context.Response.WriteAsync(new Problem(title, status, detail).ToJson(), context.RequestAborted);
    }

    private static Role Least(Entry entry) => entry switch
    {
        Entry.Admin => Role.Admin,
        Entry.Operator => Role.Operator,
        _ => Role.Viewer,
    };

    private static Task SendToSignInAsync(HttpContext context)
    {
        var request = context.Request;
        if (HttpMethods.IsGet(request.Method) && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.Response.Headers.Location = $"/sign-in?to={Uri.EscapeDataString($"{request.Path}{request.QueryString}")}";
            return Task.CompletedTask;
        }

        context.Response.Headers.WWWAuthenticate = "Session";
        return RefuseAsync(context, StatusCodes.Status401Unauthorized, "Not signed in", "Sign in at /sign-in.");
    }

    // What is for everybody, or for machines, does not depend on the state database: it is not asked who comes.
    private Arrival Judge(HttpContext context, bool asksWho)
    {
        var (request, remote) = (context.Request, context.Connection.RemoteIpAddress ?? IPAddress.None);
        remote = remote.IsIPv4MappedToIPv6 ? remote.MapToIPv4() : remote;
        var forwarded = request.Headers.Keys.FirstOrDefault(name => name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase))
            ?? Forwarding.FirstOrDefault(request.Headers.ContainsKey);
        var isMachine = forwarded is null && IPAddress.IsLoopback(remote) && LocalHosts.Contains(request.Host.Host, StringComparer.OrdinalIgnoreCase);
        if (request.Headers.TryGetValue(SecretHeader, out var secret))
        {
            return options.Proxy is { } proxy && proxy.Addresses.Contains(remote) && secret is [{ } one] && IsSame(one, proxy.Secret)
                ? JudgeByProxy(request, proxy, remote, asksWho)
                : new Arrival(remote.ToString(), request.IsHttps, false, null, $"The request has a {SecretHeader} that is not that of [web.proxy], or comes from an address that is not one of its addresses.");
        }

        var refusal = request.IsHttps || isMachine ? null
            : forwarded is not null ? $"The request came through a proxy ({forwarded}) that is not that of [web.proxy]: name its address there, and have it send {SecretHeader}."
            : "Here only the proxy of [web.proxy] comes in.";
        var isSecure = request.IsHttps;
        return new Arrival(
            remote.ToString(), isSecure, isMachine,
            refusal is null && asksWho ? OfSession(request, isSecure, remote.ToString()) ?? (isMachine && options.TrustsMachine ? new Visitor(null, Role.Operator, AccessWay.Machine, remote.ToString()) : null) : null,
            refusal);
    }

    // The proxy has TLS towards people; whoever comes to it without is not let in.
    private Arrival JudgeByProxy(HttpRequest request, ProxyOptions proxy, IPAddress remote, bool asksWho)
    {
        var address = (ClientIn(request.Headers["X-Forwarded-For"].ToString()) ?? remote).ToString();
        Arrival Refused(string why, bool isSecure = true) => new(address, isSecure, false, null, why);
        if (request.Headers["X-Forwarded-Proto"].ToString().Split(',', StringSplitOptions.TrimEntries).Contains(Uri.UriSchemeHttp, StringComparer.OrdinalIgnoreCase))
        {
            return Refused("The proxy lets people come without TLS: have it send them to https.", isSecure: false);
        }

        if (!asksWho)
        {
            return new Arrival(address, true, false, null, null);
        }

        if (proxy.UserHeader is not { } header)
        {
            return new Arrival(address, true, false, OfSession(request, true, address), null);
        }

        return request.Headers[header] is not [{ Length: > 0 } name]
                ? Refused($"The proxy does not say who asks: it must send {header}.")
            : accounts.Find(name) is not { } account
                ? Refused($"The proxy says that {name} asks, and there is no such account: pond-backend account add.")
            : new Arrival(address, true, false, new Visitor(account.Name, account.Role, AccessWay.Proxy, address), null);
    }

    // The last of the list is the proxy's own word; those before it are what people have sent. Some proxies write the port behind.
    private static IPAddress? ClientIn(string list)
    {
        var last = list.Split(',')[^1].Trim();
        var client = IPAddress.TryParse(last, out var plain) ? plain : IPEndPoint.TryParse(last, out var withPort) ? withPort.Address : null;
        return client is { IsIPv4MappedToIPv6: true } ? client.MapToIPv4() : client;
    }

    private Visitor? OfSession(HttpRequest request, bool isSecure, string address) =>
        request.Cookies[SessionCookie(isSecure)] is { } token && sessions.Find(token) is { } account
            ? new Visitor(account.Name, account.Role, AccessWay.Session, address, token)
            : null;

    private bool HasMachineToken(HttpRequest request) => options.MetricsToken is { } token
        && request.Headers.Authorization is [{ } given] && IsSame(given, $"Bearer {token}");
}

/// <summary>Says on a route who may come to it.</summary>
/// <param name="Entry">Who.</param>
internal sealed record EntryOf(Entry Entry);
