using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Web.History;

namespace PondSentinel.Backend.Web.Access;

/// <summary><c>/api/accounts</c> and <c>/api/audit</c> for admins, and <c>/api/me/password</c> for everybody who has one: what
/// <c>pond-backend account</c> and <c>audit</c> do.</summary>
/// <param name="gate">Says who asks.</param>
/// <param name="accounts">Who may sign in.</param>
/// <param name="sessions">Who is signed in.</param>
/// <param name="own">Asks for their own password.</param>
internal sealed class AccountRoutes(Gate gate, AccountBook accounts, SessionBook sessions, OwnPassword own)
{
    private const int AuditUsual = 100, AuditMost = 1_000;

    /// <summary>Adds them.</summary>
    /// <param name="routes">The routes.</param>
    public void Map(IEndpointRouteBuilder routes)
    {
        var admin = new EntryOf(Entry.Admin);
        routes.MapGet("/api/accounts", List).WithMetadata(admin);
        routes.MapGet("/api/audit", (HttpContext context) => Audit(context.Request)).WithMetadata(admin);
        MapChange(routes, "/api/accounts/add", AccountJson.Lines.AddAccountRequest, wanted => wanted.OwnPassword,
            (wanted, by) => OnRole(wanted.Role, role => accounts.Add(wanted.Name, role, wanted.Password, by)));
        MapChange(routes, "/api/accounts/role", AccountJson.Lines.SetRoleRequest, wanted => wanted.OwnPassword,
            (wanted, by) => OnRole(wanted.Role, role => accounts.SetRole(wanted.Name, role, by)));
        MapChange(routes, "/api/accounts/password", AccountJson.Lines.SetPasswordRequest, wanted => wanted.OwnPassword,
            (wanted, by) => accounts.SetPassword(wanted.Name, wanted.Password, by));
        MapChange(routes, "/api/accounts/end-sessions", AccountJson.Lines.NamedAccountRequest, wanted => wanted.OwnPassword,
            (wanted, by) => accounts.EndSessions(wanted.Name, by));
        MapChange(routes, "/api/accounts/remove", AccountJson.Lines.NamedAccountRequest, wanted => wanted.OwnPassword,
            (wanted, by) => accounts.Remove(wanted.Name, by));
        routes.MapPost("/api/me/password", (HttpContext context, CancellationToken end) => JsonChange.TakeAsync(
            context, gate, AccountJson.Lines.OwnPasswordRequest, (wanted, visitor) => ChangeOwnAsync(context, wanted, visitor, end), end));
    }

    private void MapChange<T>(
        IEndpointRouteBuilder routes, string path, JsonTypeInfo<T> form, Func<T, string> password, Func<T, Actor, string?> change)
        where T : class =>
        routes.MapPost(path, (HttpContext context, CancellationToken end) => JsonChange.TakeAsync(
            context, gate, form,
            (wanted, visitor) => own.ConfirmedAsync(context, visitor, password(wanted), by => JsonChange.Told(change(wanted, by)), end),
            end)).WithMetadata(new EntryOf(Entry.Admin));

    private static string? OnRole(string word, Func<Role, string?> change) =>
        Roles.ByWord.TryGetValue(word, out var role) ? change(role) : $"There is no such role; it is one of {string.Join(", ", Roles.ByWord.Keys)}.";

    private Task<IResult> ChangeOwnAsync(HttpContext context, OwnPasswordRequest wanted, Visitor visitor, CancellationToken cancellationToken) =>
        own.ConfirmedAsync(
            context, visitor, wanted.OwnPassword,
            by =>
            {
                if (wanted.Password == wanted.OwnPassword)
                {
                    return JsonChange.Told("This is the password that you have.");
                }

                if (accounts.SetPassword(visitor.Name!, wanted.Password, by) is { } fault)
                {
                    return JsonChange.Told(fault);
                }

                // All sessions have ended, this one too: whoever had taken it has it no more, and its owner goes on by another.
                if (visitor.Session is not null && accounts.Find(visitor.Name!) is { } account)
                {
                    gate.Begin(context, account);
                }

                return JsonChange.Told(null);
            },
            cancellationToken);

    private IResult List() => Answered(() =>
    {
        var open = sessions.Open();
        return new AccountsAnswer(
        [
            .. accounts.All().Select(account => new AccountView(
                account.Name, account.Role.Word, account.HasPassword, account.MadeAt.ToUnixTimeMilliseconds(),
                open.TryGetValue(account.Id, out var its) ? its.Count : 0,
                open.TryGetValue(account.Id, out its) ? its.Seen.ToUnixTimeMilliseconds() : null)),
        ]).ToJson();
    });

    private IResult Audit(HttpRequest request)
    {
        var most = AuditUsual;
        return request.Query.TryGetValue("newest", out var text)
            && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out most) && most is >= 1 and <= AuditMost)
            ? new Problem("Bad request", StatusCodes.Status400BadRequest, FormattableString.Invariant($"newest is a number from 1 to {AuditMost}.")).ToResult()
            : Answered(() => new AuditAnswer(
            [
                .. accounts.Audit(most).Select(entry => new AuditEntryView(
                    entry.At.ToUnixTimeMilliseconds(), entry.Act.Word, entry.By.Name, entry.By.Way.Word, entry.By.Address, entry.Note)),
            ]).ToJson());
    }

    private static IResult Answered(Func<string> make)
    {
        try
        {
            return TypedResults.Text(make(), "application/json");
        }
        catch (Exception e) when (e is SqliteException or IOException)
        {
            return JsonChange.Unusable(e);
        }
    }
}
