__all__ = ['ttypes', 'constants', 'Echo', 'EchoMore']
