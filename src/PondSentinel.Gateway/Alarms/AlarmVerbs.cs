using System.Text.Json;
using PondSentinel.Alerting;
using PondSentinel.Gateway.Control;

namespace PondSentinel.Gateway.Alarms;

/// <summary>How alarms and relays stand, as JSON.</summary>
internal static class AlarmJson
{
    /// <summary>Writes the members <c>alarms</c> and <c>relays</c>.</summary>
    /// <param name="json">Where to, within an object.</param>
    /// <param name="board">The alarms.</param>
    public static void Write(Utf8JsonWriter json, AlarmBoard board) => board.Read((alarms, relays, now) =>
    {
        json.WriteStartArray("alarms");
        foreach (var alarm in alarms)
        {
            json.WriteStartObject();
            Write(json, alarm, now);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("relays");
        foreach (var relay in relays)
        {
            json.WriteStartObject();
            Write(json, relay, now);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return true;
    });

    private static void Write(Utf8JsonWriter json, Alarm alarm, TimeSpan now)
    {
        var standing = alarm.Standing;
        json.WriteString("alarm", alarm.Options.Id);
        json.WriteString("channel", alarm.Options.Reference);
        json.WriteString("phase", standing.Phase.Word);
        json.WriteString("severity", alarm.Options.Severity.Word);
        json.WriteString("text", alarm.Options.Text);
        if (standing.Phase != AlertPhase.Normal)
        {
            json.WriteNumber("for_s", (long)Math.Max((Alarm.At(now) - standing.Since).TotalSeconds, 0));
            json.WriteNumber("peak", standing.Peak);
            if (standing.IsPeakBound)
            {
                json.WriteBoolean("peak_bound", true);
                json.WriteString("side", alarm.Options.Threshold.Side.Word);
            }
        }

        json.WriteNumber("silent_s", alarm.Silenced is var (until, _) && until > now ? (long)Math.Ceiling((until - now).TotalSeconds) : 0);
    }

    private static void Write(Utf8JsonWriter json, Relay relay, TimeSpan now)
    {
        json.WriteString("relay", relay.Options.Id);
        json.WriteString("kind", RelayKinds.Word(relay.Options.Kind));
        json.WriteBoolean("on", relay.IsOn);
        json.WriteString("why", relay.Last?.Why);
        json.WriteString("alarm", relay.Last?.Alarm);
        json.WriteString("fault", relay.Fault);
        if (relay.Since is { } since)
        {
            json.WriteNumber("for_s", (long)(now - since).TotalSeconds);
        }
    }
}

/// <summary><c>alarm-list</c>: how alarms and relays stand.</summary>
/// <param name="board">The alarms.</param>
internal sealed class AlarmList(AlarmBoard board) : IControlVerb
{
    /// <inheritdoc/>
    public string Name => "alarm-list";

    /// <inheritdoc/>
    public bool Changes => false;

    /// <inheritdoc/>
    public ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new ControlAnswer(json => AlarmJson.Write(json, board)));
}

/// <summary><c>alarm-silence</c>: an alarm trips no siren for a while.</summary>
/// <param name="board">The alarms.</param>
internal sealed class AlarmSilence(AlarmBoard board) : IControlVerb
{
    /// <summary>Shortest time: 1 min.</summary>
    public static readonly TimeSpan LengthMin = TimeSpan.FromMinutes(1);

    /// <summary>Longest time: 4 h. Who forgets it loses no more.</summary>
    public static readonly TimeSpan LengthMax = TimeSpan.FromHours(4);

    private const int NameLengthMax = 64;

    /// <inheritdoc/>
    public string Name => "alarm-silence";

    /// <inheritdoc/>
    public bool Changes => true;

    /// <inheritdoc/>
    public ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var name = request.Text("alarm", NameLengthMax);
        var length = TimeSpan.FromSeconds(
            request.OptionalInteger("for_s", (long)LengthMin.TotalSeconds, (long)LengthMax.TotalSeconds)
            ?? throw new ControlRefusedException("for_s is missing"));
        board.Silence(name, length, request.Text("who", NameLengthMax), request.Uid);
        return ValueTask.FromResult(new ControlAnswer(json =>
        {
            json.WriteString("alarm", name);
            json.WriteNumber("for_s", (long)length.TotalSeconds);
        }));
    }
}

/// <summary><c>alarm-test</c>: trips the relays of an alarm for two seconds.</summary>
/// <param name="board">The alarms.</param>
internal sealed class AlarmTest(AlarmBoard board) : IControlVerb
{
    private const int NameLengthMax = 64;

    /// <inheritdoc/>
    public string Name => "alarm-test";

    /// <inheritdoc/>
    public bool Changes => true;

    /// <inheritdoc/>
    public async ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var name = request.Text("alarm", NameLengthMax);
        var tried = await board.TestAsync(name, request.Text("who", NameLengthMax), request.Uid, cancellationToken);
        return new ControlAnswer(json =>
        {
            json.WriteString("alarm", name);
            json.WriteStartArray("relays");
            foreach (var (relay, fault) in tried)
            {
                json.WriteStartObject();
                json.WriteString("relay", relay);
                json.WriteString("fault", fault);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }
}
