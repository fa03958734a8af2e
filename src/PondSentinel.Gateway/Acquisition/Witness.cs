using System.Globalization;
using System.Text;
using System.Threading.Channels;
using PondSentinel.Gateway.Buffering;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>Writes one line for each record once it is durable: the gateway's claim, for whoever wants to hold it to its
/// word.</summary>
/// <remarks>
/// <para>Line: <c>epoch seq utc-ms device channel=value …</c>. The time is <c>-</c> while the record waits for it, a
/// missing value is <c>null</c>, numbers are the shortest that read back the same. A line is flushed before the next is
/// begun; a record that never became durable has none.</para>
/// <para>Thread-safe. The queue is unbounded: it holds what the buffer has not committed yet, a few seconds' worth.</para>
/// </remarks>
internal sealed class Witness : IAsyncDisposable
{
    private readonly Channel<(string Line, Task Durable)> queue =
        Channel.CreateUnbounded<(string, Task)>(new UnboundedChannelOptions { SingleReader = true });

    private readonly TextWriter writer;
    private readonly TaskCompletionSource closing = new();

    /// <summary>Begins to write.</summary>
    /// <param name="writer">Where to; not disposed.</param>
    public Witness(TextWriter writer)
    {
        this.writer = writer;
        Writing = WriteAsync();
    }

    /// <summary>The writing. Ends before this is disposed of only where it failed.</summary>
    public Task Writing { get; }

    /// <summary>Takes note of a record that was appended.</summary>
    /// <param name="record">The record.</param>
    /// <param name="ticket">What the buffer promised.</param>
    public void Note(BufferedRecord record, AppendTicket ticket) =>
        queue.Writer.TryWrite((Line(record, ticket), ticket.Durable));

    /// <summary>Writes what has become durable and ends. To be called after the buffer has been closed.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        closing.TrySetResult();
        await Writing;
    }

    private static string Line(BufferedRecord record, AppendTicket ticket)
    {
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $"{ticket.Id.Epoch} {ticket.Id.Sequence} ");
        line.Append(record.Clock.Trust is null ? "-" : record.Clock.WallMs.ToString(CultureInfo.InvariantCulture));
        line.Append(' ').Append(record.Device);
        foreach (var channel in record.Channels)
        {
            line.Append(' ').Append(channel.Channel).Append('=');
            line.Append(channel.Value is { } value ? value.ToString("R", CultureInfo.InvariantCulture) : "null");
        }

        return line.ToString();
    }

    private async Task WriteAsync()
    {
        await foreach (var (line, durable) in queue.Reader.ReadAllAsync())
        {
            // Whatever became of the ticket, only success is a claim; the buffer accounts for the rest as gone. One that is
            // still open when the buffer has been closed will never be a claim: the buffer has failed.
            await Task.WhenAny(durable, closing.Task);
            if (durable.IsCompletedSuccessfully)
            {
                await writer.WriteLineAsync(line);
                await writer.FlushAsync();
            }
        }
    }
}
