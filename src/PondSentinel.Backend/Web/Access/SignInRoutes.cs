using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Web.History;

namespace PondSentinel.Backend.Web.Access;

/// <summary><c>/sign-in</c>, <c>/api/me</c> and <c>/api/sign-out</c>.</summary>
/// <param name="gate">Says who asks.</param>
/// <param name="accounts">Who may sign in.</param>
/// <param name="sessions">Who is signed in.</param>
/// <param name="turns">Turns for hashing.</param>
/// <param name="time">The clock.</param>
internal sealed class SignInRoutes(Gate gate, AccountBook accounts, SessionBook sessions, PasswordTurns turns, TimeProvider time)
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private const long BodyBytesMax = 4 * 1024;
    private const int ToMax = 1_000;

    private readonly SignInRate rate = new(time);

    /// <summary>Adds them.</summary>
    /// <param name="routes">The routes.</param>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/sign-in", (HttpContext context) => Show(context, ToOf(context.Request.Query["to"]), "", SignInTrouble.None))
            .WithMetadata(new EntryOf(Entry.Anyone));
        routes.MapPost("/sign-in", (HttpContext context, CancellationToken end) => SignInAsync(context, end)).WithMetadata(new EntryOf(Entry.Anyone));
        routes.MapGet("/api/me", (HttpContext context) => TypedResults.Text(MeAnswer.Of(Gate.Of(context).Visitor!, gate).ToJson(), "application/json"));
        routes.MapPost("/api/sign-out", (HttpContext context) => SignOut(context));
    }

    /// <summary>Where to go after signing in: a path of ours, whatever somebody has put into the link.</summary>
    /// <param name="wanted">What the link says.</param>
    internal static string ToOf(string? wanted) =>
        wanted is { Length: > 0 and <= ToMax } && wanted[0] == '/' && (wanted.Length == 1 || wanted[1] is not ('/' or '\\'))
        && wanted.All(character => character is > ' ' and < '\x7f' and not '\\') && !wanted.StartsWith("/sign-in", StringComparison.Ordinal)
            ? wanted
            : "/";

    private static string FormCookie(bool isSecure) => isSecure ? "__Host-pond-form" : "pond-form";

    private async Task<IResult> SignInAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var (request, arrival) = (context.Request, Gate.Of(context));
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = BodyBytesMax;
        if (!request.HasFormContentType)
        {
            return Refused("Not a form", StatusCodes.Status415UnsupportedMediaType, "Send the form of /sign-in.");
        }

        IFormCollection form;
        try
        {
            form = await request.ReadFormAsync(new FormOptions { ValueCountLimit = 16 }, cancellationToken);
        }
        catch (BadHttpRequestException e)
        {
            // Whoever has no account writes nothing into our journal, not even by a body that is too large.
            return Problem.OfBody(e).ToResult();
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException)
        {
            // The second: parts that do not end. The third: an encoding that the framework does not speak.
            return Refused("Bad request", StatusCodes.Status400BadRequest, "Send the form of /sign-in.");
        }

        var (to, name) = (ToOf(form["to"]), form["name"].ToString().Trim());
        if (Gate.IsForeign(request))
        {
            return Refused("Not allowed", StatusCodes.Status403Forbidden, "The request comes from another page.");
        }

        if (request.Cookies[FormCookie(arrival.IsSecure)] is not { } cookie || !Gate.IsSame(form["token"].ToString(), gate.TokenOf($"form {cookie}")))
        {
            return Show(context, to, name, SignInTrouble.Stale, StatusCodes.Status403Forbidden);
        }

        try
        {
            return await TryAsync(context, name, form["password"].ToString(), to, cancellationToken);
        }
        catch (Exception e) when (e is SqliteException or IOException and not BadHttpRequestException)
        {
            return Refused("The state database cannot be used", StatusCodes.Status503ServiceUnavailable, e.Message);
        }
    }

    private async Task<IResult> TryAsync(HttpContext context, string name, string password, string to, CancellationToken cancellationToken)
    {
        var arrival = Gate.Of(context);
        var who = Account.FaultOf(name) is null ? name : "?";
        var isKnown = accounts.KnowsFrom(who, arrival.Address);
        if (rate.Take(arrival.Address, who, isKnown) is { } wait)
        {
            var seconds = (int)Math.Ceiling(wait.TotalSeconds);
            context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
            return Show(context, to, name, SignInTrouble.TooMany, StatusCodes.Status429TooManyRequests, seconds);
        }

        if (!await turns.WaitAsync(cancellationToken))
        {
            return Show(context, to, name, SignInTrouble.Busy, StatusCodes.Status503ServiceUnavailable);
        }

        try
        {
            return accounts.Check(name, password) is { } account ? Admit(context, account, to, isKnown) : Refuse(context, who, name, to);
        }
        finally
        {
            turns.Release();
        }
    }

    private StatusCodeHttpResult Admit(HttpContext context, Account account, string to, bool isKnown)
    {
        var arrival = Gate.Of(context);
        rate.Return(arrival.Address, account.Name, isKnown);
        context.Response.Cookies.Delete(FormCookie(arrival.IsSecure), Gate.Cookie(arrival.IsSecure));
        gate.Begin(context, account);
        context.Response.Headers.Location = to;
        return TypedResults.StatusCode(StatusCodes.Status303SeeOther);
    }

    private ContentHttpResult Refuse(HttpContext context, string who, string name, string to)
    {
        accounts.Note(new Actor(who, AccessWay.Session, Gate.Of(context).Address), AuditAct.SignInRefused, "");
        return Show(context, to, name, SignInTrouble.Wrong, StatusCodes.Status403Forbidden);
    }

    private ContentHttpResult Show(
        HttpContext context, string to, string name, SignInTrouble trouble, int status = StatusCodes.Status200OK, int waitSeconds = 0)
    {
        var (request, arrival) = (context.Request, Gate.Of(context));
        var cookie = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        context.Response.Cookies.Append(FormCookie(arrival.IsSecure), cookie, Gate.Cookie(arrival.IsSecure));
        context.Response.Headers.ContentSecurityPolicy = Policy;

        // Else the browser would say of our own form that it comes from nowhere.
        context.Response.Headers["Referrer-Policy"] = "same-origin";

        // A POST comes here when its form was read; what else may bring a body is not asked for it.
        var word = HttpMethods.IsPost(request.Method) ? request.Form["lang"].ToString() : request.Query["lang"].ToString();
        return TypedResults.Text(
            SignInPage.Of(
                ReadersLanguage.Named(word) ?? ReadersLanguage.Of(request) ?? Language.English,
                new SignInForm(to, gate.TokenOf($"form {cookie}"), name, trouble, waitSeconds, arrival.Visitor?.Way == AccessWay.Machine)),
            "text/html; charset=utf-8",
            statusCode: status);
    }

    private IResult SignOut(HttpContext context)
    {
        var arrival = Gate.Of(context);
        if (gate.RefusalOfChange(context.Request) is { } refusal)
        {
            return Refused("Not allowed", StatusCodes.Status403Forbidden, refusal);
        }

        if (arrival.Visitor is not { Session: { } session } visitor)
        {
            return Refused("Not done", StatusCodes.Status409Conflict, "You have not signed in here.");
        }

        try
        {
            sessions.End(session, visitor.Acting(null));
        }
        catch (SqliteException e)
        {
            return Refused("The state database cannot be used", StatusCodes.Status503ServiceUnavailable, e.Message);
        }

        context.Response.Cookies.Delete(Gate.SessionCookie(arrival.IsSecure), Gate.Cookie(arrival.IsSecure));
        return TypedResults.NoContent();
    }

    private static ContentHttpResult Refused(string title, int status, string detail) =>
        new Problem(title, status, detail).ToResult();
}

/// <summary>What <c>GET /api/me</c> gives.</summary>
/// <param name="Name">The account's name; null for whoever sits at the machine and has not signed in.</param>
/// <param name="Role"><c>viewer</c>, <c>operator</c> or <c>admin</c>.</param>
/// <param name="Way"><c>this machine</c>, <c>signed in</c> or <c>proxy</c>.</param>
/// <param name="Token">Goes with each change, in the header <c>X-Pond-Token</c>.</param>
internal sealed record MeAnswer(string? Name, string Role, string Way, string Token)
{
    /// <summary>The answer to somebody.</summary>
    /// <param name="visitor">Who.</param>
    /// <param name="gate">Has the token.</param>
    public static MeAnswer Of(Visitor visitor, Gate gate) => new(visitor.Name, visitor.Role.Word, visitor.Way.Word, gate.TokenOf(visitor));

    /// <summary>The JSON, one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, MeJson.Default.MeAnswer);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(MeAnswer))]
internal sealed partial class MeJson : JsonSerializerContext;
