namespace PondSentinel.Sensors.Buses.Serial;

/// <summary>What drivers of devices that have a line for themselves do with it.</summary>
internal static class SerialLines
{
    // What the queue of the kernel can hold; more comes only from something that never pauses.
    private const int KernelQueueBytes = 4096;

    extension(ISerialLine line)
    {
        /// <summary>Throws away what has come: it is from before the question.</summary>
        /// <param name="buffer">Receives it, piece by piece; not empty.</param>
        /// <param name="cancellationToken">Ends it early.</param>
        /// <returns>Null, or what is wrong with the port.</returns>
        public async ValueTask<string?> DrainAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            for (var drained = 0; drained <= KernelQueueBytes;)
            {
                var (count, fault) = await line.ReadAsync(buffer, TimeSpan.Zero, cancellationToken);
                if (fault is not null || count == 0)
                {
                    return fault;
                }

                drained += count;
            }

            return null;
        }
    }
}
