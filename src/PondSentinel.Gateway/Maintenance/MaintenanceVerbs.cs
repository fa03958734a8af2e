using System.Text.Json;
using PondSentinel.Gateway.Control;

namespace PondSentinel.Gateway.Maintenance;

/// <summary><c>maintenance-on</c>: begins a maintenance, or gives one that goes on a new end.</summary>
/// <param name="book">What is in maintenance.</param>
internal sealed class MaintenanceOn(MaintenanceBook book) : IControlVerb
{
    /// <inheritdoc/>
    public string Name => "maintenance-on";

    /// <inheritdoc/>
    public bool Changes => true;

    /// <inheritdoc/>
    public ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var of = book.Find(request.Text("of", 64));
        var length = TimeSpan.FromSeconds(request.OptionalInteger(
            "for_s", (long)MaintenancePeriod.LengthMin.TotalSeconds, (long)MaintenancePeriod.LengthMax.TotalSeconds)
            ?? (long)MaintenancePeriod.LengthUsual.TotalSeconds);
        var reason = request.Text("reason", MaintenancePeriod.ReasonLengthMax);
        var who = request.Text("who", MaintenancePeriod.WhoLengthMax);
        var unsaved = book.Begin(of, reason, who, request.Uid, length);
        return ValueTask.FromResult(new ControlAnswer(json =>
        {
            json.WriteString("of", of.ToString());
            json.WriteNumber("for_s", (long)length.TotalSeconds);
            json.WriteString("unsaved", unsaved);
        })
        {
            Device = of.IsStation ? null : of.Name,
        });
    }
}

/// <summary><c>maintenance-off</c>: ends a maintenance.</summary>
/// <param name="book">What is in maintenance.</param>
internal sealed class MaintenanceOff(MaintenanceBook book) : IControlVerb
{
    /// <inheritdoc/>
    public string Name => "maintenance-off";

    /// <inheritdoc/>
    public bool Changes => true;

    /// <inheritdoc/>
    public ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var of = book.Find(request.Text("of", 64));
        var unsaved = book.End(of, request.Text("who", MaintenancePeriod.WhoLengthMax), request.Uid);
        return ValueTask.FromResult(new ControlAnswer(json =>
        {
            json.WriteString("of", of.ToString());
            json.WriteString("unsaved", unsaved);
        })
        {
            Device = of.IsStation ? null : of.Name,
        });
    }
}

/// <summary><c>maintenance</c>: what is in maintenance.</summary>
/// <param name="book">What is in maintenance.</param>
internal sealed class MaintenanceList(MaintenanceBook book) : IControlVerb
{
    /// <inheritdoc/>
    public string Name => "maintenance";

    /// <inheritdoc/>
    public bool Changes => false;

    /// <inheritdoc/>
    public ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var current = book.Current;
        return ValueTask.FromResult(new ControlAnswer(json => Write(json, current)));
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<(MaintenancePeriod Period, TimeSpan Left)> current)
    {
        json.WriteStartArray("periods");
        foreach (var (period, left) in current)
        {
            json.WriteStartObject();
            json.WriteString("of", period.Of.Kind);
            json.WriteString("name", period.Of.Name);
            json.WriteString("reason", period.Reason);
            json.WriteString("who", period.Who);
            json.WriteNumber("uid", period.Uid);
            json.WriteNumber("left_s", (long)left.TotalSeconds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
