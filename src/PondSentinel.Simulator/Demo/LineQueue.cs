using System.Threading.Channels;

namespace PondSentinel.Simulator.Demo;

/// <summary>Lines on their way to a writer that may be slow: a terminal that is held, a pipe nobody reads. Whoever has
/// something to say does not wait for it. Thread-safe.</summary>
internal sealed class LineQueue : IAsyncDisposable
{
    private const int WaitingMax = 10_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly Channel<string> queue = Channel.CreateBounded<string>(
        new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly TextWriter writer;
    private readonly TimeProvider time;
    private readonly Task writing;

    /// <summary>Begins to write.</summary>
    /// <param name="writer">Where to; not disposed.</param>
    /// <param name="time">For the end's patience.</param>
    public LineQueue(TextWriter writer, TimeProvider time)
    {
        (this.writer, this.time) = (writer, time);
        writing = Task.Run(WriteAsync);
    }

    /// <summary>Takes a line.</summary>
    /// <param name="line">The line.</param>
    public void Add(string line) => queue.Writer.TryWrite(line);

    /// <summary>Writes what is left, unless nobody takes it.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await Task.WhenAny(writing, Task.Delay(Patience, time, CancellationToken.None));
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach (var line in queue.Reader.ReadAllAsync())
            {
                await writer.WriteLineAsync(line);
                if (!queue.Reader.TryPeek(out _))
                {
                    await writer.FlushAsync();
                }
            }
        }
        catch (IOException)
        {
            // The other end of the pipe is gone: nobody listens any more, and the demo goes on.
        }
    }
}
