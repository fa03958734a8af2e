namespace PondSentinel.Gateway.Buffering;

/// <summary>Events as bodies of frames. README.md of this folder gives the layout.</summary>
internal static class EventBody
{
    /// <summary>The layout that is written.</summary>
    public const byte Version = 1;

    /// <summary>Writes an event.</summary>
    /// <param name="happening">The event.</param>
    public static byte[] Write(BufferedEvent happening)
    {
        var fields = new FieldWriter();
        ClockFields.Write(fields, happening.Clock);
        fields.Text(happening.Site);
        fields.Text(happening.Type);
        fields.Byte(happening.Device is null ? (byte)0 : (byte)1);
        if (happening.Device is { } device)
        {
            fields.Text(device);
        }

        fields.Block(happening.Body.Span);
        return fields.Written.ToArray();
    }

    /// <summary>Reads an event.</summary>
    /// <param name="version">The layout.</param>
    /// <param name="body">The bytes, hostile.</param>
    /// <returns>The event, or null where the bytes are none.</returns>
    public static BufferedEvent? Read(byte version, ReadOnlySpan<byte> body)
    {
        if (version != Version)
        {
            return null;
        }

        var fields = new FieldReader(body);
        var clock = ClockFields.Read(ref fields);
        var site = fields.Text();
        var type = fields.Text();
        var device = fields.Byte() == 0 ? null : fields.Text();
        var what = fields.Block().ToArray();
        return !fields.IsDone ? null : new BufferedEvent
        {
            Site = site,
            Clock = clock,
            Type = type,
            Device = device,
            Body = what,
        };
    }
}
