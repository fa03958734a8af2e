using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>Where acquisition puts what it has: the buffer, under this site and meta. Thread-safe.</summary>
/// <param name="log">The buffer.</param>
/// <param name="site">The site.</param>
/// <param name="schema">Hash of the meta that describes the channels at first.</param>
/// <param name="witness">Told of every record and its ticket, where somebody asked for it.</param>
/// <param name="urgentAppended">Told of every record that cannot wait; must not wait itself.</param>
/// <param name="appended">Told of every record: its device, when it was taken, and its channels; must not wait itself.</param>
/// <param name="judge">Judges every record that revises none by the alarms, before it is appended, and says whether it cannot wait; must
/// not wait itself.</param>
internal sealed class RecordSink(
    IRecordLog log,
    string site,
    string schema,
    Witness? witness,
    Action<RecordId>? urgentAppended = null,
    Action<string, ClockReading, IReadOnlyList<ChannelValue>>? appended = null,
    Func<string, ClockReading, IReadOnlyList<ChannelValue>, bool>? judge = null)
{
    private volatile string schema = schema;

    /// <summary>Appends a record.</summary>
    /// <param name="station">Station of the device.</param>
    /// <param name="device">The device.</param>
    /// <param name="clock">The clocks at the middle of the poll.</param>
    /// <param name="channels">The channels that were due.</param>
    /// <param name="urgent">Whether it cannot wait for the commit window.</param>
    /// <param name="revises">For a revision the record that it replaces; otherwise null.</param>
    /// <returns>Its number.</returns>
    public RecordId Append(
        string station, string device, ClockReading clock, IReadOnlyList<ChannelValue> channels, bool urgent, RecordId? revises = null)
    {
        urgent |= revises is null && judge?.Invoke(device, clock, channels) == true;
        var record = new BufferedRecord
        {
            Site = site,
            Schema = schema,
            Station = station,
            Device = device,
            Clock = clock,
            Channels = channels,
            Revises = revises,
        };
        var ticket = log.Append(record, urgent);
        witness?.Note(record, ticket);
        appended?.Invoke(device, clock, channels);
        if (urgent)
        {
            urgentAppended?.Invoke(ticket.Id);
        }

        return ticket.Id;
    }

    /// <summary>Appends an event.</summary>
    /// <param name="type">One of the wire's types.</param>
    /// <param name="device">The device it concerns, or null.</param>
    /// <param name="clock">The clocks when it happened.</param>
    /// <param name="body">What happened: a JSON object, UTF-8.</param>
    /// <returns>Its number, and when it is durable.</returns>
    public AppendTicket AppendEvent(string type, string? device, ClockReading clock, ReadOnlyMemory<byte> body) =>
        log.AppendEvent(new BufferedEvent { Site = site, Clock = clock, Type = type, Device = device, Body = body });

    /// <summary>Describes the channels anew. The description goes before the first record that uses it.</summary>
    /// <param name="meta">The description.</param>
    /// <param name="clock">The clocks now.</param>
    public void Describe(MetaDescription meta, ClockReading clock)
    {
        AppendEvent("meta", device: null, clock, meta.Bytes);
        schema = meta.Schema;
    }
}
