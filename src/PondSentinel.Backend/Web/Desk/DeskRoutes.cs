using System.Text.Json.Serialization.Metadata;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Web.Access;

namespace PondSentinel.Backend.Web.Desk;

/// <summary><c>GET /api/desk</c>, and what may be done there: <c>POST /api/desk/acknowledge</c>, <c>silence</c> and
/// <c>unsilence</c>. It is the desk of <c>pond-backend alarms</c>.</summary>
/// <param name="desk">The desk.</param>
/// <param name="view">Looks again after each change, so that the page shows it at once.</param>
/// <param name="time">The clock.</param>
internal sealed class DeskRoutes(AlarmDesk desk, DeskView view, TimeProvider time)
{
    private const int HistoryMax = 100;

    /// <summary>Adds them.</summary>
    /// <param name="routes">The routes.</param>
    /// <param name="gate">Says who asks.</param>
    public void Map(IEndpointRouteBuilder routes, Gate gate)
    {
        routes.MapGet("/api/desk", (HttpContext context) => Shown(Gate.Of(context).Visitor!, gate));
        routes.MapPost("/api/desk/acknowledge", (HttpContext context, CancellationToken end) =>
            ChangeAsync(context, gate, DeskJson.Lines.AcknowledgeRequest, Acknowledge, end)).WithMetadata(new EntryOf(Entry.Operator));
        routes.MapPost("/api/desk/silence", (HttpContext context, CancellationToken end) =>
            ChangeAsync(context, gate, DeskJson.Lines.SilenceRequest, Silence, end)).WithMetadata(new EntryOf(Entry.Operator));
        routes.MapPost("/api/desk/unsilence", (HttpContext context, CancellationToken end) =>
            ChangeAsync(context, gate, DeskJson.Lines.UnsilenceRequest, Unsilence, end)).WithMetadata(new EntryOf(Entry.Operator));
    }

    private IResult Shown(Visitor visitor, Gate gate)
    {
        try
        {
            return TypedResults.Text(Answer(visitor, gate).ToJson(), "application/json");
        }
        catch (Exception e) when (e is SqliteException or IOException)
        {
            return JsonChange.Unusable(e);
        }
    }

    private DeskAnswer Answer(Visitor visitor, Gate gate)
    {
        var may = visitor.Role >= Role.Operator;
        return new DeskAnswer(
            may ? gate.TokenOf(visitor) : null,
            may ? null : $"{visitor.Name} is {visitor.Role.Word} and may only read.",
            [
                .. desk.History(null, HistoryMax).Select(entry => new DeskEntryView(
                    entry.At.ToUnixTimeMilliseconds(), entry.Act.Word, entry.Alarm, entry.By, entry.Note)),
            ]);
    }

    private static Task<IResult> ChangeAsync<T>(
        HttpContext context, Gate gate, JsonTypeInfo<T> form, Func<T, Visitor, string?> change, CancellationToken cancellationToken)
        where T : class =>
        JsonChange.TakeAsync(
            context, gate, form, (wanted, visitor) => Task.FromResult(JsonChange.Told(change(wanted, visitor))), cancellationToken);

    private string? Acknowledge(AcknowledgeRequest wanted, Visitor visitor)
    {
        var by = visitor.Acting(wanted.By);
        return Shown(desk.Acknowledge(
            wanted.Episode, by.Name, wanted.Note ?? "", Audited(by, AuditAct.Acknowledged, wanted.Episode)).Refusal);
    }

    private string? Silence(SilenceRequest wanted, Visitor visitor)
    {
        var by = visitor.Acting(wanted.By);
        var now = time.GetUtcNow();
        return wanted is { Rule: null, Site: null, Station: null, Device: null }
            ? "Say what is to be silent: rule, site, station, device, one or more of them."
            : Shown(desk.Silence(new Silence
            {
                Rule = wanted.Rule,
                Site = wanted.Site,
                Station = wanted.Station,
                Device = wanted.Device,
                From = now,
                Until = now + TimeSpan.FromMilliseconds(Math.Clamp(wanted.ForMs, 0, (long)(2 * AlarmDesk.SilenceMax).TotalMilliseconds)),
                By = by.Name,
                Why = wanted.Why,
            }, Audited(by, AuditAct.Silenced, string.Join(' ', new[] { wanted.Rule, wanted.Site, wanted.Station, wanted.Device }.OfType<string>()))).Refusal);
    }

    private string? Unsilence(UnsilenceRequest wanted, Visitor visitor)
    {
        var by = visitor.Acting(wanted.By);
        return Shown(desk.Unsilence(wanted.Id, by.Name, Audited(by, AuditAct.Unsilenced, FormattableString.Invariant($"{wanted.Id}"))).Refusal);
    }

    private Action<SqliteTransaction> Audited(Actor by, AuditAct act, string note) =>
        transaction => new AuditLog(transaction).Add(by, act, note, time.GetUtcNow());

    private string? Shown(string? refusal)
    {
        if (refusal is null)
        {
            view.Look();
        }

        return refusal;
    }
}
