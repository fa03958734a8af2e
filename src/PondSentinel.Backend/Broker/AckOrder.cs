using System.Threading.Channels;

namespace PondSentinel.Backend.Broker;

/// <summary>Sends acknowledgements in the order in which the messages came, as MQTT asks (MQTT-4.6.0-2), however they are
/// finished. Thread-safe.</summary>
internal sealed class AckOrder
{
    private readonly Lock gate = new();
    private readonly Queue<Waiting> waiting = [];
    private long bytes;
    private readonly Channel<Func<CancellationToken, Task>> ready =
        Channel.CreateUnbounded<Func<CancellationToken, Task>>(); // Bounded by what the broker has in flight.

    /// <summary>Bytes of the messages that are not acknowledged.</summary>
    public long Bytes
    {
        get
        {
            lock (gate)
            {
                return bytes;
            }
        }
    }

    /// <summary>Takes a message in.</summary>
    /// <param name="send">Sends its acknowledgement.</param>
    /// <param name="size">Its bytes.</param>
    /// <returns>Says that the message is finished; harmless when repeated.</returns>
    public Action Enter(Func<CancellationToken, Task> send, long size)
    {
        var entry = new Waiting(send, size);
        lock (gate)
        {
            waiting.Enqueue(entry);
            bytes += size;
        }

        return () => Finish(entry);
    }

    /// <summary>The acknowledgements whose turn has come.</summary>
    public IAsyncEnumerable<Func<CancellationToken, Task>> Ready(CancellationToken cancellationToken) =>
        ready.Reader.ReadAllAsync(cancellationToken);

    private void Finish(Waiting entry)
    {
        lock (gate)
        {
            entry.IsFinished = true;
            while (waiting.TryPeek(out var oldest) && oldest.IsFinished)
            {
                bytes -= oldest.Size;
                ready.Writer.TryWrite(waiting.Dequeue().Send);
            }
        }
    }

    private sealed class Waiting(Func<CancellationToken, Task> send, long size)
    {
        public long Size => size;

        public Func<CancellationToken, Task> Send { get; } = send;

        public bool IsFinished { get; set; }
    }
}
