namespace PondSentinel.Sensors;

/// <summary>The kinds of lines that sensors hang on.</summary>
public enum LineKind
{
    /// <summary>A serial port: RS-485 with several devices, or a UART with one.</summary>
    Serial,

    /// <summary>I2C.</summary>
    I2c,

    /// <summary>1-Wire, driven by the kernel.</summary>
    OneWire,

    /// <summary>The lines of a GPIO chip, each with a contact.</summary>
    Gpio,

    /// <summary>SPI.</summary>
    Spi,

    /// <summary>The computer that the gateway runs on.</summary>
    Host,
}
